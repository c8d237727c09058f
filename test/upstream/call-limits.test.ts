import { connect as connectTcp, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import {
  createUpstreamClient,
  type UpstreamCall,
  type UpstreamClient,
  type UpstreamTimeouts,
} from "../../src/upstream/index.ts";
import { closed, listen, type RawServer, type SeenRequest, startRawServer } from "./raw-server.ts";
import { patient, Recorder } from "./recorder.ts";

const chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

let server: RawServer;
let client: UpstreamClient;

afterEach(() => {
  client.close();
  server.close();
});

async function start(answer: (request: SeenRequest) => void): Promise<void> {
  server = await startRawServer(answer);
  client = createUpstreamClient({ origin: server.origin, timeouts: patient });
}

function post(
  timeouts: Partial<UpstreamTimeouts>,
  body = new Uint8Array(3),
): { recorder: Recorder; call: UpstreamCall } {
  const recorder = new Recorder();
  const call = client.send({ method: "POST", path: "/", headers: [], body, timeouts }, recorder);
  return { recorder, call };
}

/** Expects the limit `code`, not before `ms`, and that the engine sees the connection end. */
async function expectLimit(recorder: Recorder, code: string, ms: number): Promise<void> {
  await recorder.done;
  expect(performance.now() - recorder.startedAt).toBeGreaterThanOrEqual(ms);
  expect(recorder.error?.code).toBe(code);
  expect(recorder.terminals).toBe(1);
  expect(client.active).toBe(0);
  for (const socket of server.sockets) await closed(socket);
}

describe("limits", () => {
  test("connect_timeout: a TLS handshake that is never answered", async () => {
    await start(() => undefined);
    const port = Number(server.origin.port);
    client = createUpstreamClient({
      origin: server.origin,
      timeouts: { ...patient, connectMs: 60 },
      connect: () => connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false }),
    });
    await expectLimit(post({}).recorder, "connect_timeout", 60);
  });

  test("first_byte_timeout: no answer at all", async () => {
    await start(() => undefined);
    await expectLimit(post({ firstByteMs: 60 }).recorder, "first_byte_timeout", 60);
  });

  test("first_byte_timeout: interim responses and half a head do not extend it", async () => {
    await start(({ socket }) => {
      socket.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n");
      const trickle = setInterval(() => socket.write("a: b\r\n"), 20);
      socket.on("close", () => clearInterval(trickle));
    });
    await expectLimit(post({ firstByteMs: 120 }).recorder, "first_byte_timeout", 120);
  });

  test("first_byte_timeout: an engine that does not read the request", async () => {
    const { origin, sockets, close } = await listen(createServer(), (socket) => socket.pause());
    server = { origin, sockets, requests: [], close };
    client = createUpstreamClient({ origin, timeouts: patient });
    const { recorder } = post({ firstByteMs: 60 }, new Uint8Array(64 * 1024 * 1024));
    await recorder.done;
    expect(recorder.error?.code).toBe("first_byte_timeout");
  });

  test("idle_timeout: a body that stops", async () => {
    await start(({ socket }) => socket.write(`${chunkedHead}2\r\nok\r\n`));
    const { recorder } = post({ idleMs: 60 });
    await recorder.headSeen;
    await expectLimit(recorder, "idle_timeout", 60);
    expect(recorder.body.toString()).toBe("ok");
  });

  test("total_timeout: a body that goes on for ever", async () => {
    await start(({ socket }) => {
      socket.write(chunkedHead);
      const trickle = setInterval(() => socket.write("1\r\nx\r\n"), 10);
      socket.on("close", () => clearInterval(trickle));
    });
    await expectLimit(post({ totalMs: 150, idleMs: 5000 }).recorder, "total_timeout", 150);
  });

  test("the earlier of two limits wins", async () => {
    await start(() => undefined);
    await expectLimit(post({ totalMs: 60, firstByteMs: 5000 }).recorder, "total_timeout", 60);
  });

  test("a paused call is not idle, but its total time runs", async () => {
    await start(({ socket }) => socket.write(chunkedHead));
    const { recorder, call } = post({ idleMs: 30, totalMs: 250 });
    await recorder.headSeen;
    call.pause();
    await expectLimit(recorder, "total_timeout", 250);
  });

  test("resume starts the idle limit anew", async () => {
    await start(({ socket }) => {
      if (server.requests.length === 1) socket.write(chunkedHead);
    });
    const { recorder, call } = post({ idleMs: 30 });
    await recorder.headSeen;
    call.pause();
    // The limit of another call is the clock here: this one is paused for longer than its own.
    await post({ firstByteMs: 100 }).recorder.done;
    expect(recorder.events).toEqual(["head"]);
    call.resume();
    await expectLimit(recorder, "idle_timeout", 130);
  });

  test("bytes that wait in the kernel while the event loop is busy count as activity", async () => {
    await start(({ socket }) => socket.write(chunkedHead));
    const { recorder } = post({ idleMs: 100 });
    await recorder.headSeen;
    recorder.onBodySeen = () => {
      recorder.onBodySeen = undefined;
      server.sockets[0]?.write("0\r\n\r\n");
    };
    server.sockets[0]?.write("2\r\nok\r\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    await recorder.done;
    expect(recorder.error).toBeUndefined();
    expect(recorder.body.toString()).toBe("ok");
  });
});

describe("abort()", () => {
  test("in the middle of a response is reported at once and the engine sees it", async () => {
    await start(({ socket }) => socket.write(`${chunkedHead}2\r\nok\r\n`));
    const { recorder, call } = post({});
    await recorder.headSeen;
    call.abort();
    expect(recorder.error?.code).toBe("aborted");
    for (const socket of server.sockets) await closed(socket);
    call.abort();
    call.pause();
    call.resume();
    expect(recorder.terminals).toBe(1);
    expect(client.active).toBe(0);
  });

  test.each(["onHead", "onBody", "onReadEnd"] as const)("inside %s ends the reports there", async (method) => {
    await start(({ socket }) => socket.write(`${chunkedHead}2\r\nok\r\n0\r\n\r\n`));
    const recorder = new Recorder();
    const report = recorder[method] as (...values: unknown[]) => void;
    let call: UpstreamCall | undefined;
    recorder[method] = (...values: unknown[]) => {
      report.apply(recorder, values);
      call?.abort();
    };
    call = client.send({ method: "GET", path: "/", headers: [] }, recorder);
    await recorder.done;
    const order = ["head", "body", "read-end"];
    expect(recorder.events).toEqual([
      ...order.slice(0, ["onHead", "onBody", "onReadEnd"].indexOf(method) + 1),
      "error",
    ]);
    for (const socket of server.sockets) await closed(socket);
  });

  test("before the connection is there sends nothing", async () => {
    await start(({ socket }) => socket.write("HTTP/1.1 204 x\r\n\r\n"));
    const { recorder, call } = post({});
    call.abort();
    expect(recorder.events).toEqual(["error"]);
    await post({}).recorder.done;
    expect(server.requests).toHaveLength(1);
  });

  test("after the end does nothing", async () => {
    await start(({ socket }) => socket.write("HTTP/1.1 204 x\r\n\r\n"));
    const { recorder, call } = post({});
    await recorder.done;
    call.abort();
    await post({}).recorder.done;
    expect(recorder.terminals).toBe(1);
    expect(server.sockets).toHaveLength(1);
  });
});

describe("backpressure", () => {
  const total = 48 * 1024 * 1024;
  const ways = [
    ["the client's own sockets", false],
    ["sockets of a factory", true],
  ] as const;

  test.each(ways)("pause stops reading, resume goes on, nothing is lost: %s", async (_name, factory) => {
    await start(({ socket, text }) => {
      if (text.startsWith("GET /other")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      else
        socket.write(
          Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`), Buffer.alloc(total, "z")]),
        );
    });
    const { origin } = server;
    client = createUpstreamClient({
      origin,
      timeouts: patient,
      ...(factory ? { connect: () => connectTcp(Number(origin.port), "127.0.0.1") } : {}),
    });
    const { recorder, call } = post({});
    recorder.onBodySeen = () => {
      recorder.onBodySeen = undefined;
      call.pause();
    };
    await recorder.headSeen;
    const held = recorder.bodyLength;
    expect(held).toBeLessThanOrEqual(64 * 1024);
    // Whole exchanges on the same event loop are the clock here: a socket that was still read would have brought bytes.
    for (let round = 0; round < 20; round++) {
      const other = new Recorder();
      client.send({ method: "GET", path: "/other", headers: [] }, other);
      await other.done;
    }
    expect(recorder.bodyLength).toBe(held);
    expect(server.sockets[0]?.writableLength).toBeGreaterThan(total / 2);
    call.resume();
    await recorder.done;
    expect(recorder.error).toBeUndefined();
    expect(recorder.bodyLength).toBe(total);
  });

  test("a call paused before its connection is there reads nothing until resumed", async () => {
    await start(({ socket }) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    const { recorder, call } = post({});
    call.pause();
    for (let round = 0; round < 5; round++) await post({}).recorder.done;
    expect(recorder.events).toEqual([]);
    call.resume();
    expect((await recorder.done).body.toString()).toBe("ok");
  });

  test("a connection whose call ended paused is read again for the next one", async () => {
    await start(({ socket }) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    const { recorder, call } = post({});
    recorder.onBodySeen = () => call.pause();
    await recorder.done;
    expect((await post({}).recorder.done).body.toString()).toBe("ok");
    expect(server.sockets).toHaveLength(1);
  });

  test("the shared read buffer never mixes the bodies of many streams, paused ones among them", async () => {
    const rounds = 60;
    await start(async ({ socket, text }) => {
      const letter = text.slice(5, 6);
      socket.write(chunkedHead);
      for (let round = 0; round < rounds; round++) {
        const size = 1 + ((round * 977) % 5000);
        socket.write(`${size.toString(16)}\r\n${letter.repeat(size)}\r\n`);
        await new Promise(setImmediate);
      }
      socket.write("0\r\n\r\n");
    });
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"];
    let expectedLength = 0;
    for (let round = 0; round < rounds; round++) expectedLength += 1 + ((round * 977) % 5000);
    const recorders = letters.map((letter, index) => {
      const recorder = new Recorder();
      const call = client.send({ method: "GET", path: `/${letter}`, headers: [] }, recorder);
      if (index % 3 === 0) {
        recorder.onBodySeen = () => {
          call.pause();
          setImmediate(() => call.resume());
        };
      }
      return recorder;
    });
    await Promise.all(recorders.map(({ done }) => done));
    recorders.forEach((recorder, index) => {
      expect(recorder.error).toBeUndefined();
      expect(recorder.body.equals(Buffer.alloc(expectedLength, letters[index]))).toBe(true);
    });
  });
});

test("a handler that throws ends its own call, and the client goes on", async () => {
  await start(({ socket }) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  const thrown = new Promise((resolve) => {
    process.setUncaughtExceptionCaptureCallback(resolve);
  });
  const recorder = new Recorder();
  const fault = new Error("fault of the handler");
  recorder.onHead = () => {
    throw fault;
  };
  client.send({ method: "GET", path: "/", headers: [] }, recorder);
  expect(await thrown).toBe(fault);
  process.setUncaughtExceptionCaptureCallback(null);
  expect(recorder.events).toEqual(["error"]);
  expect(recorder.error?.code).toBe("aborted");
  expect((await post({}).recorder.done).body.toString()).toBe("ok");
  await closed(server.sockets[0] as Socket);
});
