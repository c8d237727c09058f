import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { CountersignError } from "../errors/index.ts";
import type { AttestationSettings } from "./attestation-options.ts";
import { type Channel, captureChannel } from "./channel.ts";

/** A new connection with what was captured of it. */
export interface DialledChannel {
  readonly socket: TLSSocket;
  readonly channel: Channel;
}

/**
 * Opens a TLS 1.3 connection and captures it before anything else can. No session is ever offered for resumption: a
 * resumed connection has no certificate to bind.
 *
 * @param protocol the one application protocol that is offered (RFC 7301)
 * @throws CountersignError `call.unavailable`, `tls.channel`, `attestation.unavailable`
 */
export function dial(
  settings: AttestationSettings,
  protocol: "h2" | "http/1.1",
  signal: AbortSignal,
): Promise<DialledChannel> {
  const { host, port, tls } = settings;
  const { promise, resolve, reject } = Promise.withResolvers<DialledChannel>();
  if (signal.aborted) return Promise.reject(abandoned(signal));
  const socket = connect({
    ...tls,
    host,
    port,
    servername: tls.servername ?? (isIP(host) === 0 ? host : ""),
    ALPNProtocols: [protocol],
    minVersion: "TLSv1.3",
    maxVersion: "TLSv1.3",
  });
  const onAbort = (): void => fail(abandoned(signal));
  const fail = (error: CountersignError): void => {
    signal.removeEventListener("abort", onAbort);
    reject(error);
    socket.destroy();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  // Stays for the socket's life: whoever takes it over listens too, and until then an error must not end the process.
  socket.on("error", (cause) => fail(connectError(cause, protocol)));
  socket.once("close", () => fail(new CountersignError("call.unavailable", "the gateway closed the connection")));
  socket.once("secureConnect", () => {
    try {
      const channel = captureChannel(socket);
      if ((socket.alpnProtocol || "http/1.1") !== protocol) {
        throw new CountersignError("call.unavailable", `the gateway does not speak ${protocol} on this port`);
      }
      signal.removeEventListener("abort", onAbort);
      resolve({ socket, channel });
    } catch (error) {
      fail(error instanceof CountersignError ? error : connectError(error, protocol));
    }
  });
  return promise;
}

/** The error of an attestation whose time is up, or whose client was closed. */
export function abandoned(signal: AbortSignal): CountersignError {
  const { reason } = signal;
  if (reason instanceof CountersignError) return reason;
  return new CountersignError("attestation.unavailable", "the gateway gave no evidence in time", { cause: reason });
}

function connectError(cause: unknown, protocol: string): CountersignError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code.startsWith("ERR_SSL_")) {
    return new CountersignError(
      "tls.channel",
      `the TLS handshake failed; the gateway must offer TLS 1.3 and ${protocol}`,
      { cause },
    );
  }
  return new CountersignError("call.unavailable", "no TLS connection to the gateway; see the cause", { cause });
}
