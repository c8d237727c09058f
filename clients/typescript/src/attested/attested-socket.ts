import type { TLSSocket } from "node:tls";
import { CountersignError } from "../errors/index.ts";
import type { AttestedConnection } from "../evidence/index.ts";
import { type Answer, ATTEST_HEADERS, ATTEST_PATH, attestBody, evidenceOf, unavailable } from "./attest-call.ts";
import type { AttestationSettings } from "./attestation-options.ts";
import { abandoned, dial } from "./dial.ts";
import { MAX_WIRE_BYTES, parseHttp1Response } from "./http1-response.ts";
import { judge } from "./judge.ts";

/** A verified connection, on which nothing but its attestation has happened. */
export interface AttestedSocket {
  readonly socket: TLSSocket;
  readonly attested: AttestedConnection;
}

/**
 * Opens a connection for HTTP/1.1 and attests it with the first request on it. The socket is handed out only if its
 * evidence is accepted, and then as fresh as a new one; otherwise it is closed.
 *
 * @throws CountersignError `tls.channel`, `attestation.*`, `call.unavailable`
 */
export async function openAttestedSocket(settings: AttestationSettings, signal: AbortSignal): Promise<AttestedSocket> {
  const { socket, channel } = await dial(settings, "http/1.1", signal);
  try {
    const evidence = evidenceOf(await post(socket, settings, attestBody(channel.nonce), signal));
    const attested = await judge(settings, channel, evidence);
    // A peer that speaks before it is asked would have the caller's request answered by what it said here.
    if (socket.readableLength > 0) throw unavailable("the gateway sent bytes nobody asked for");
    if (socket.destroyed || !socket.writable) {
      throw new CountersignError("call.unavailable", "the gateway closed the connection while it was verified");
    }
    return { socket, attested };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function post(
  socket: TLSSocket,
  { pathPrefix, hostHeader }: AttestationSettings,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  if (signal.aborted) return Promise.reject(abandoned(signal));
  let received = Buffer.alloc(0);

  function onReadable(): void {
    try {
      for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
        received = Buffer.concat([received, chunk]);
        if (received.length > MAX_WIRE_BYTES)
          throw unavailable("the gateway's answer to AttestConnection is too large");
      }
      const answer = parseHttp1Response(received);
      if (answer !== undefined) settle(() => resolve(answer));
    } catch (error) {
      settle(() => reject(error));
    }
  }
  const onEnd = (): void =>
    settle(() => reject(unavailable("the gateway closed the connection instead of giving evidence")));
  const onAbort = (): void => settle(() => reject(abandoned(signal)));
  // With its listeners gone the stream forgets that it was ever read, and its next reader finds it untouched.
  function settle(conclude: () => void): void {
    socket.off("readable", onReadable).off("end", onEnd).off("close", onEnd);
    signal.removeEventListener("abort", onAbort);
    conclude();
  }

  socket.on("readable", onReadable).on("end", onEnd).on("close", onEnd);
  signal.addEventListener("abort", onAbort, { once: true });
  const headers = { host: hostHeader, ...ATTEST_HEADERS, "content-length": String(body.length) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${pathPrefix}${ATTEST_PATH} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  socket.write(body);
  return promise;
}
