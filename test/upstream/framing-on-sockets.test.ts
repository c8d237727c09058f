import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createUpstreamClient, type UpstreamClient } from "../../src/upstream/index.ts";
import { closed, listen, type RawServer, startRawServer } from "./raw-server.ts";
import { patient, Recorder } from "./recorder.ts";
import { refusedResponses } from "./refused-responses.ts";
import { validResponses } from "./valid-responses.ts";

let server: RawServer;
let client: UpstreamClient;

afterEach(() => {
  client.close();
  server.close();
});

function get(method = "GET"): Recorder {
  const recorder = new Recorder();
  client.send({ method, path: "/", headers: [] }, recorder);
  return recorder;
}

test.each(refusedResponses)(
  "%s ends the call as malformed and destroys the connection",
  async (_name, text, reason) => {
    server = await startRawServer(({ socket }) => socket.write(text, "latin1"));
    client = createUpstreamClient({ origin: server.origin, timeouts: patient });
    const recorder = await get().done;
    expect(recorder.error?.code).toBe("malformed");
    expect(recorder.error?.message).toMatch(reason);
    expect(recorder.terminals).toBe(1);
    for (const socket of server.sockets) await closed(socket);
  },
);

test("a head over its limit is too large", async () => {
  server = await startRawServer(({ socket }) => socket.write(`HTTP/1.1 200 OK\r\nA: ${"b".repeat(2000)}\r\n`));
  client = createUpstreamClient({ origin: server.origin, timeouts: patient, maxHeadBytes: 1024 });
  expect((await get().done).error?.code).toBe("too_large");
});

test("the default head limit is 64 KiB", async () => {
  let size = 0;
  server = await startRawServer(({ socket }) => {
    const start = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: ";
    socket.write(`${start}${"b".repeat(size - start.length - 4)}\r\n\r\n`);
  });
  client = createUpstreamClient({ origin: server.origin, timeouts: patient });
  size = 65_536;
  expect((await get().done).events).toEqual(["head", "end"]);
  size = 65_537;
  expect((await get().done).error?.code).toBe("too_large");
});

test.each(validResponses)("written octet by octet: $name", async ({ text, method, status, body, endsWithClose }) => {
  server = await startRawServer(async ({ socket }) => {
    for (const octet of Buffer.from(text, "latin1")) {
      socket.write(Buffer.of(octet));
      await new Promise(setImmediate);
    }
    if (endsWithClose === true) socket.end();
  });
  client = createUpstreamClient({ origin: server.origin, timeouts: patient });
  const recorder = await get(method).done;
  expect(recorder.error).toBeUndefined();
  expect({ status: recorder.status, body: recorder.body.toString("latin1") }).toEqual({ status, body });
});

const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
const withLength = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
const untilClose = "HTTP/1.1 200 OK\r\n\r\nhello";

test.each([
  ["a chunked body", chunked],
  ["a body with length", withLength],
])("an orderly close inside %s is truncation", async (_name, text) => {
  server = await startRawServer(({ socket }) => socket.end(text));
  client = createUpstreamClient({ origin: server.origin, timeouts: patient });
  const recorder = await get().done;
  expect(recorder.error?.code).toBe("truncated");
  expect(recorder.body.toString()).toBe("hello");
});

test.each([
  ["a chunked body", chunked],
  ["a body with length", withLength],
  ["a body until close", untilClose],
])("a reset inside %s is truncation", async (_name, text) => {
  server = await startRawServer(({ socket }) => socket.write(text));
  client = createUpstreamClient({ origin: server.origin, timeouts: patient });
  const recorder = get();
  recorder.onBodySeen = () => server.sockets[0]?.resetAndDestroy();
  await recorder.done;
  expect(recorder.error?.code).toBe("truncated");
  expect(recorder.error?.message).toContain("ECONNRESET");
});

test.each([
  ["before the head", ""],
  ["inside the head", "HTTP/1.1 200 OK\r\nContent-"],
])("a close %s is a lost connection, on a fresh connection not tried again", async (_name, text) => {
  server = await startRawServer(({ socket }) => socket.end(text));
  client = createUpstreamClient({ origin: server.origin, timeouts: patient });
  expect((await get().done).error?.code).toBe("connection_lost");
  expect(server.requests).toHaveLength(1);
});

test("all chunks of one read arrive as one piece, followed by one onReadEnd", async () => {
  server = await startRawServer(({ socket }) => socket.write(`${chunked}6\r\n world\r\n1\r\n!\r\n0\r\n\r\n`));
  client = createUpstreamClient({ origin: server.origin, timeouts: patient });
  const recorder = await get().done;
  expect(recorder.events).toEqual(["head", "body", "read-end", "end"]);
  expect(recorder.body.toString()).toBe("hello world!");
});

test("an early response is delivered although the request is not read, and its connection is not used again", async () => {
  const { origin, sockets, close } = await listen(createServer(), (socket) => {
    socket.once("data", () => {
      socket.pause();
      socket.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\ntoo large");
    });
  });
  server = { origin, sockets, requests: [], close };
  client = createUpstreamClient({ origin, timeouts: patient });
  const recorder = new Recorder();
  client.send({ method: "POST", path: "/", headers: [], body: new Uint8Array(64 * 1024 * 1024) }, recorder);
  await recorder.done;
  expect(recorder.events).toEqual(["head", "body", "read-end", "end"]);
  expect(recorder.status).toBe(413);
  for (const socket of sockets) {
    socket.resume();
    await closed(socket);
  }
});
