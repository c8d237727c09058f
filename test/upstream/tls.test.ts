import type { Socket } from "node:net";
import { connect, createServer, getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { createUpstreamClient, type UpstreamClient } from "../../src/upstream/index.ts";
import { closed, listen } from "./raw-server.ts";
import { patient, Recorder } from "./recorder.ts";
import { selfSignedCertificate } from "./self-signed-certificate.ts";

const { key, cert } = selfSignedCertificate();
const systemTrust = getCACertificates("default");

let server: Awaited<ReturnType<typeof listen>>;
let received: string[];
let client: UpstreamClient;

/** Answers each read, which holds one small request, with what `answer` gives. */
async function start(answer: (socket: Socket) => void): Promise<void> {
  received = [];
  const tlsServer = createServer({ key, cert, ALPNProtocols: ["http/1.1"] });
  tlsServer.on("tlsClientError", () => undefined);
  server = await listen(
    tlsServer,
    (socket) => {
      socket.on("data", (chunk) => {
        received.push(chunk.toString("latin1"));
        answer(socket);
      });
    },
    "secureConnection",
  );
}

function get(path = "/"): Recorder {
  const recorder = new Recorder();
  client.send({ method: "GET", path, headers: [] }, recorder);
  return recorder;
}

function trusted(): Socket {
  return connect({ host: "127.0.0.1", port: Number(server.origin.port), ca: cert });
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

afterEach(() => {
  client.close();
  server.close();
  setDefaultCACertificates(systemTrust);
});

test("a certificate the system does not trust is connect_failed, and no request leaves", async () => {
  await start((socket) => socket.write(ok));
  client = createUpstreamClient({ origin: server.origin, timeouts: patient });
  const { error } = await get().done;
  expect(error?.code).toBe("connect_failed");
  expect(error?.message).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
  expect(received).toEqual([]);
});

test("a certificate for another host is connect_failed", async () => {
  await start((socket) => socket.write(ok));
  setDefaultCACertificates([cert]);
  client = createUpstreamClient({ origin: new URL(`https://localhost:${server.origin.port}`), timeouts: patient });
  const { error } = await get().done;
  expect(error?.code).toBe("connect_failed");
  expect(error?.message).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(received).toEqual([]);
});

const ways = [
  ["the client's own sockets", false],
  ["sockets of a factory", true],
] as const;

test.each(ways)("requests reuse the connection: %s", async (_name, factory) => {
  await start((socket) => socket.write(ok));
  if (!factory) setDefaultCACertificates([cert]);
  client = createUpstreamClient({ origin: server.origin, timeouts: patient, ...(factory ? { connect: trusted } : {}) });
  for (let round = 0; round < 3; round++) expect((await get().done).body.toString()).toBe("ok");
  expect(server.sockets).toHaveLength(1);
  expect(received).toHaveLength(3);
});

test.each(ways)(
  "large bodies arrive whole, with pauses in between and streams side by side: %s",
  async (_name, factory) => {
    const total = 3_000_000;
    const bodies = ["a", "b", "c"].map((letter) => Buffer.alloc(total, letter));
    await start((socket) => {
      const body = bodies[(received.length - 1) % 3] ?? Buffer.alloc(0);
      socket.write(`HTTP/1.1 200 OK\r\nX-Body: ${body.toString("latin1", 0, 1)}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      for (let at = 0; at < total; at += 1000)
        socket.write(Buffer.concat([Buffer.from("3e8\r\n"), body.subarray(at, at + 1000), Buffer.from("\r\n")]));
      socket.write("0\r\n\r\n");
    });
    if (!factory) setDefaultCACertificates([cert]);
    client = createUpstreamClient({
      origin: server.origin,
      timeouts: patient,
      ...(factory ? { connect: trusted } : {}),
    });
    const recorders = bodies.map(() => {
      const recorder = new Recorder();
      const call = client.send({ method: "GET", path: "/", headers: [] }, recorder);
      let left = 20;
      recorder.onBodySeen = () => {
        if (left-- <= 0) return;
        call.pause();
        setImmediate(() => call.resume());
      };
      return recorder;
    });
    for (const recorder of recorders) {
      await recorder.done;
      expect(recorder.error).toBeUndefined();
      expect(recorder.body.equals(Buffer.alloc(total, recorder.headers?.get("x-body")))).toBe(true);
    }
  },
);

test("pause stops reading", async () => {
  const total = 48 * 1024 * 1024;
  await start((socket) => {
    if (received.length > 1) socket.write(ok);
    else
      socket.write(
        Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`), Buffer.alloc(total)]),
      );
  });
  setDefaultCACertificates([cert]);
  client = createUpstreamClient({ origin: server.origin, timeouts: patient });
  const recorder = new Recorder();
  const call = client.send({ method: "GET", path: "/", headers: [] }, recorder);
  recorder.onBodySeen = () => {
    recorder.onBodySeen = undefined;
    call.pause();
  };
  await recorder.headSeen;
  // TLS hands over every record of the read in progress, so more than the first may still come, in that same read only.
  for (let round = 0; round < 20; round++) await get().done;
  expect(recorder.bodyLength).toBeLessThan(256 * 1024);
  call.resume();
  await recorder.done;
  expect(recorder.bodyLength).toBe(total);
});

test("a body that only the connection's end would frame is refused: the end is not authenticated", async () => {
  await start((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nperhaps cut"));
  client = createUpstreamClient({ origin: server.origin, timeouts: patient, connect: trusted });
  const recorder = await get().done;
  expect(recorder.error?.code).toBe("malformed");
  expect(recorder.events).toEqual(["error"]);
});

test("a factory can veto a connection after the handshake, before the request leaves", async () => {
  await start((socket) => socket.write(ok));
  const veto = new Error("the pinned key differs");
  client = createUpstreamClient({
    origin: server.origin,
    timeouts: patient,
    connect: () => {
      const socket = trusted();
      socket.once("secureConnect", () => socket.destroy(veto));
      return socket;
    },
  });
  const { error } = await get().done;
  expect(error?.code).toBe("connect_failed");
  expect(error?.cause).toBe(veto);
  for (const socket of server.sockets) await closed(socket);
  expect(received).toEqual([]);
});
