import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { request as http1Request } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { Agent, request as httpsRequest } from "node:https";
import type { TLSSocket } from "node:tls";
import { parseCertificate } from "@countersign/client/x509";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type HttpRequest,
  type HttpResponse,
  type Listener,
  type ListenerLimits,
  listenCleartext,
  listenTls,
  type TlsChannel,
  tlsChannel,
} from "../../src/server/index.ts";
import { selfSignedCertificate } from "../upstream/self-signed-certificate.ts";

/** A request as the gateway saw it, with what it made of its connection. */
interface Seen {
  readonly request: HttpRequest;
  readonly channel: TlsChannel | undefined;
}

const { cert, key } = selfSignedCertificate();
const limits: ListenerLimits = {
  headerBytes: 16_384,
  concurrentStreams: 16,
  connections: 64,
  headersMs: 10_000,
  keepAliveMs: 10_000,
};
const seen: Seen[] = [];
const options = {
  host: "127.0.0.1",
  port: 0,
  limits,
  onConnections() {},
  handler(request: HttpRequest, response: HttpResponse) {
    seen.push({ request, channel: tlsChannel(request) });
    response.end("seen");
  },
};
const tls = { ca: cert, rejectUnauthorized: false } as const;
const LABEL = "EXPORTER-test";
const CONTEXT = Buffer.alloc(32, 7);

let secure: Listener;
let plain: Listener;
beforeAll(async () => {
  const identity = {
    publicKey: new Uint8Array(),
    presented: { certificate: cert, key },
    contextFor: () => undefined,
    onChange() {},
  };
  secure = await listenTls({ ...options, identity });
  plain = await listenCleartext(options);
});
afterAll(async () => {
  await Promise.all([secure.close(0), plain.close(0)]);
});

async function ask(session: ClientHttp2Session): Promise<Seen> {
  const stream = session.request({ ":path": "/" });
  stream.resume();
  await once(stream, "close");
  return last();
}

async function askHttp1(agent: Agent): Promise<{ readonly own: Seen; readonly socket: TLSSocket }> {
  const call = httpsRequest({ host: "127.0.0.1", port: secure.port, agent, ...tls });
  call.end();
  const [response] = await once(call, "response");
  const socket = response.socket as TLSSocket;
  response.resume();
  await once(response, "end");
  return { own: last(), socket };
}

function last(): Seen {
  const found = seen.at(-1);
  if (found === undefined) throw new Error("no request was seen");
  return found;
}

function http2(): ClientHttp2Session {
  return connectHttp2(`https://127.0.0.1:${secure.port}`, tls);
}

const spki = parseCertificate(new Uint8Array(new X509Certificate(cert).raw)).publicKey.encoded;

describe("the TLS connection of a request", () => {
  it("is one object for all requests of an HTTP/2 session, and another one for another session", async () => {
    const [first, second] = [http2(), http2()];
    const channels = [await ask(first), await ask(first), await ask(second)].map(({ channel }) => channel);
    expect(channels.map((channel) => channel?.isTls13)).toEqual([true, true, true]);
    expect(channels[0]?.socket).toBe(channels[1]?.socket);
    expect(channels[0]?.socket).not.toBe(channels[2]?.socket);
    first.close();
    second.close();
  });

  it("exports what its other end exports, and knows the leaf as it was presented", async () => {
    const session = http2();
    const { channel } = await ask(session);
    // Of the client's session, Node hands out the same kind of proxy.
    const exported = (session.socket as TLSSocket).exportKeyingMaterial(32, LABEL, CONTEXT);
    expect(Buffer.from(channel?.exportKeyingMaterial(32, LABEL, CONTEXT) ?? [])).toEqual(exported);
    expect(channel?.leafPublicKey()).toEqual(spki);
    session.close();
  });

  it("is one object for all requests of an HTTP/1.1 connection, too", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const [one, two] = [await askHttp1(agent), await askHttp1(agent)];
    expect(one.own.channel?.socket).toBe(two.own.channel?.socket);
    const exported = two.socket.exportKeyingMaterial(32, LABEL, CONTEXT);
    expect(Buffer.from(two.own.channel?.exportKeyingMaterial(32, LABEL, CONTEXT) ?? [])).toEqual(exported);
    expect(two.own.channel?.leafPublicKey()).toEqual(spki);
    agent.destroy();
  });

  it("is told from TLS 1.2", async () => {
    const agent = new Agent({ maxVersion: "TLSv1.2" });
    expect((await askHttp1(agent)).own.channel?.isTls13).toBe(false);
    agent.destroy();
  });

  it("is none in cleartext", async () => {
    const call = http1Request({ host: "127.0.0.1", port: plain.port });
    call.end();
    const [response] = await once(call, "response");
    response.resume();
    await once(response, "end");
    expect(last().channel).toBeUndefined();
  });

  it("gives nothing once it is gone, and no error either", async () => {
    const session = http2();
    const { request, channel } = await ask(session);
    const gone = once((request.stream?.session ?? session) as ClientHttp2Session, "close");
    session.destroy();
    await gone;
    expect(channel?.leafPublicKey()).toBeUndefined();
    expect(channel?.exportKeyingMaterial(32, LABEL, CONTEXT)).toBeUndefined();
    expect(tlsChannel(request)).toBeUndefined();
  });

  it("gives nothing once it is gone under HTTP/1.1 either", async () => {
    const agent = new Agent({ keepAlive: true });
    const { own, socket } = await askHttp1(agent);
    const gone = once(own.request.socket, "close");
    socket.destroy();
    await gone;
    expect(own.channel?.leafPublicKey()).toBeUndefined();
    expect(own.channel?.exportKeyingMaterial(32, LABEL, CONTEXT)).toBeUndefined();
    agent.destroy();
  });
});
