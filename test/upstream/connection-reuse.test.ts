import { once } from "node:events";
import { connect, createServer, Socket } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createUpstreamClient, type UpstreamClient, type UpstreamClientOptions } from "../../src/upstream/index.ts";
import { closed, listen, type RawServer, type SeenRequest, startRawServer } from "./raw-server.ts";
import { patient, Recorder } from "./recorder.ts";
import { validResponses } from "./valid-responses.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

let server: RawServer;
let client: UpstreamClient;

afterEach(() => {
  client.close();
  server.close();
});

async function start(
  answer: (request: SeenRequest) => void,
  options: Partial<UpstreamClientOptions> = {},
): Promise<void> {
  server = await startRawServer(answer);
  client = createUpstreamClient({ origin: server.origin, timeouts: patient, ...options });
}

function get(path = "/", method = "GET"): Recorder {
  const recorder = new Recorder();
  client.send({ method, path, headers: [] }, recorder);
  return recorder;
}

/** A server's socket by number; the test fails if there is none. */
function serverSocket(at: number): Socket {
  const socket = server.sockets[at];
  if (socket === undefined) throw new Error(`there is no connection ${at}`);
  return socket;
}

/** A promise with its resolve, for events a server callback waits for. */
function gate(): { open: () => void; opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}

describe("after a response", () => {
  test.each(validResponses.filter(({ endsWithClose }) => endsWithClose !== true))(
    "the connection is reused exactly if it may be: $name",
    async ({ text, method, reusable }) => {
      await start(({ socket }) => socket.write(server.requests.length === 1 ? text : ok, "latin1"));
      expect((await get("/", method).done).error).toBeUndefined();
      expect((await get().done).body.toString()).toBe("ok");
      expect(server.sockets).toHaveLength(reusable ? 1 : 2);
      if (!reusable) await closed(serverSocket(0));
    },
  );

  test("a send from onEnd already reuses it", async () => {
    await start(({ socket }) => socket.write(ok));
    const first = new Recorder();
    const second = new Recorder();
    const end = first.onEnd.bind(first);
    first.onEnd = () => {
      client.send({ method: "GET", path: "/2", headers: [] }, second);
      end();
    };
    client.send({ method: "GET", path: "/1", headers: [] }, first);
    await second.done;
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 0]);
  });

  test("a pipelined second response is not the answer to the next request", async () => {
    const forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
    await start(({ socket }) => socket.write(server.requests.length === 1 ? ok + forged : ok));
    expect((await get().done).body.toString()).toBe("ok");
    expect((await get().done).body.toString()).toBe("ok");
    await closed(serverSocket(0));
    expect(server.sockets).toHaveLength(2);
  });

  test("a body sent for HEAD is not the answer to the next request", async () => {
    await start(({ socket }) => {
      if (server.requests.length > 1) socket.write(ok);
      else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n");
    });
    const head = await get("/", "HEAD").done;
    serverSocket(0).write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    expect(head.events).toEqual(["head", "end"]);
    expect((await get().done).body.toString()).toBe("ok");
    expect(server.sockets).toHaveLength(2);
  });

  test.each([
    ["a byte", (socket: Socket) => socket.write("H")],
    ["a whole response", (socket: Socket) => socket.write(ok)],
    ["an orderly close", (socket: Socket) => socket.end()],
    ["a reset", (socket: Socket) => socket.resetAndDestroy()],
  ])("%s on an idle connection destroys it", async (_name, disturb) => {
    await start(({ socket }) => socket.write(ok));
    await get().done;
    disturb(serverSocket(0));
    await closed(serverSocket(0));
    expect((await get().done).body.toString()).toBe("ok");
    expect(server.sockets).toHaveLength(2);
    expect(server.requests).toHaveLength(2);
  });

  test("an error on one call costs only its own connection", async () => {
    await start(({ socket, text }) => socket.write(text.startsWith("GET /bad") ? "nonsense\r\n" : ok));
    await Promise.all([get().done, get().done]);
    expect((await get("/bad").done).error?.code).toBe("malformed");
    expect((await get().done).error).toBeUndefined();
    expect(server.sockets).toHaveLength(2);
  });
});

describe("a reused connection that dies without a byte", () => {
  test("has its request sent once more, on a fresh connection", async () => {
    await start(({ socket, connection }) => {
      if (connection === 0 && server.requests.length > 1) socket.destroy();
      else socket.write(ok);
    });
    await get("/1").done;
    const body = Buffer.alloc(40_000, "x");
    const recorder = new Recorder();
    client.send({ method: "POST", path: "/2", headers: [["a", "b"]], body }, recorder);
    await recorder.done;
    expect(recorder.body.toString()).toBe("ok");
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 0, 1]);
    expect(server.requests[2]?.text).toBe(server.requests[1]?.text);
    expect(recorder.terminals).toBe(1);
  });

  test("is not tried a third time", async () => {
    await start(({ socket }) => {
      if (server.requests.length > 1) socket.destroy();
      else socket.write(ok);
    });
    await get("/1").done;
    expect((await get("/2").done).error?.code).toBe("connection_lost");
    expect(server.requests).toHaveLength(3);
  });

  test.each([
    ["one byte", "H"],
    ["an interim response", "HTTP/1.1 100 Continue\r\n\r\n"],
  ])("is not retried after %s", async (_name, text) => {
    await start(({ socket }) => {
      if (server.requests.length > 1) socket.end(text);
      else socket.write(ok);
    });
    await get("/1").done;
    expect((await get("/2").done).error?.code).toBe("connection_lost");
    expect(server.requests).toHaveLength(2);
  });

  test("goes before calls that wait for a place", async () => {
    await start(
      ({ socket, connection }) => {
        if (connection === 0 && server.requests.length > 1) socket.destroy();
        else socket.write(ok);
      },
      { maxConnections: 1 },
    );
    await get("/1").done;
    const second = get("/2");
    const third = get("/3");
    await Promise.all([second.done, third.done]);
    expect([second.error, third.error]).toEqual([undefined, undefined]);
    expect(server.requests.map(({ text }) => text.slice(4, 6))).toEqual(["/1", "/2", "/2", "/3"]);
    expect(server.sockets).toHaveLength(2);
  });
});

describe("the pool", () => {
  test("gives the connection released last", async () => {
    const second = gate();
    await start(async ({ socket, text }) => {
      if (text.startsWith("GET /2")) await second.opened;
      socket.write(ok);
    });
    const recorders = [get("/1"), get("/2")];
    await recorders[0]?.done;
    second.open();
    await recorders[1]?.done;
    await get("/3").done;
    const connections = new Map(server.requests.map(({ text, connection }) => [text.slice(4, 6), connection]));
    expect(connections.get("/3")).toBe(connections.get("/2"));
  });

  test("keeps at most maxIdleSockets and closes the one idle longest", async () => {
    const second = gate();
    await start(
      async ({ socket, text }) => {
        if (text.startsWith("GET /2")) await second.opened;
        socket.write(ok);
      },
      { maxIdleSockets: 1 },
    );
    const recorders = [get("/1"), get("/2")];
    await recorders[0]?.done;
    second.open();
    await recorders[1]?.done;
    const first = server.requests.find(({ text }) => text.startsWith("GET /1"));
    await closed(serverSocket(first?.connection ?? -1));
    await get("/3").done;
    expect(server.sockets).toHaveLength(2);
  });

  test.each([
    ["maxIdleSockets", { maxIdleSockets: 0 }],
    ["idleSocketMs", { idleSocketMs: 0 }],
  ])("keeps none if %s is 0", async (_name, options) => {
    await start(({ socket }) => socket.write(ok), options);
    await get().done;
    await closed(serverSocket(0));
  });

  test("closes a connection that was idle for idleSocketMs", async () => {
    await start(({ socket }) => socket.write(ok), { idleSocketMs: 60 });
    const { startedAt } = await get().done;
    await closed(serverSocket(0));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(60);
  });

  test("opens at most maxConnections, serves waiting calls in order, and goes on after aborts and failures", async () => {
    await start(
      ({ socket, text }) => {
        socket.write(text.startsWith("GET /bad") ? "nonsense\r\n" : ok);
      },
      { maxConnections: 2 },
    );
    const paths = ["/1", "/2", "/bad", "/4", "/x", "/y", "/5", "/6"];
    const recorders = paths.map((path) => {
      if (path !== "/x" && path !== "/y") return get(path);
      const aborted = new Recorder();
      client.send({ method: "GET", path, headers: [] }, aborted).abort();
      return aborted;
    });
    expect(client.active).toBe(6);
    await Promise.all(recorders.map(({ done }) => done));
    expect(recorders.map(({ error }) => error?.code)).toEqual([
      undefined,
      undefined,
      "malformed",
      undefined,
      "aborted",
      "aborted",
      undefined,
      undefined,
    ]);
    expect(server.requests.some(({ text }) => /^GET \/[xy]/.test(text))).toBe(false);
    expect(server.sockets.length).toBe(3);
    expect(client.active).toBe(0);
  });

  test("lets waiting calls run into connectMs", async () => {
    await start(() => undefined, { maxConnections: 1, timeouts: { ...patient, connectMs: 60 } });
    get("/1");
    expect((await get("/2").done).error?.code).toBe("connect_timeout");
    expect(server.requests).toHaveLength(1);
  });
});

describe("close()", () => {
  test("closes idle connections at once, lets calls end, refuses later ones", async () => {
    const slow = gate();
    await start(async ({ socket, text }) => {
      if (text.startsWith("GET /slow")) await slow.opened;
      socket.write(ok);
    });
    const running = get("/slow");
    await get("/quick").done;
    const idle = server.requests.find(({ text }) => text.startsWith("GET /quick"));
    client.close();
    await closed(serverSocket(idle?.connection ?? -1));
    const late = get("/late");
    expect(late.events).toEqual([]);
    expect(client.active).toBe(2);
    expect((await late.done).error?.code).toBe("aborted");
    slow.open();
    expect((await running.done).body.toString()).toBe("ok");
    for (const socket of server.sockets) await closed(socket);
    expect(server.requests).toHaveLength(2);
    expect(client.active).toBe(0);
  });
});

describe("connecting", () => {
  test("a refused connection is connect_failed and names the system's code", async () => {
    const unused = createServer().listen(0, "127.0.0.1");
    await once(unused, "listening");
    const address = unused.address();
    unused.close();
    await once(unused, "close");
    await start(() => undefined, {
      origin: new URL(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`),
    });
    const { error } = await get().done;
    expect(error?.code).toBe("connect_failed");
    expect(error?.message).toContain("ECONNREFUSED");
    expect(error?.cause).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("a socket factory is used, and one that throws or gives a dead socket is connect_failed", async () => {
    const sockets: (() => Socket)[] = [];
    await start(({ socket }) => socket.write(ok), {
      connect: () => {
        const make = sockets.shift();
        if (make === undefined) throw new Error("no socket");
        return make();
      },
      maxConnections: 1,
    });
    const port = Number(server.origin.port);
    const connected = connect(port, "127.0.0.1");
    await once(connected, "connect");
    const dead = new Socket();
    dead.destroy();
    await once(dead, "close");
    sockets.push(
      () => dead,
      () => connected,
    );
    const recorders = [get("/1"), get("/2"), get("/3")];
    await Promise.all(recorders.map(({ done }) => done));
    expect(recorders.map(({ error }) => error?.code)).toEqual(["connect_failed", undefined, undefined]);
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 0]);
    connected.destroy();
    await closed(serverSocket(0));
    const failed = [get("/4"), get("/5")];
    await Promise.all(failed.map(({ done }) => done));
    expect(failed.map(({ error }) => error?.code)).toEqual(["connect_failed", "connect_failed"]);
    expect((await get("/6").done).error?.code).toBe("connect_failed");
  });

  test("the address in an IPv6 origin is not taken for a name", async () => {
    await start(() => undefined, { origin: new URL("http://[::1]:1") });
    expect((await get().done).error?.cause).toMatchObject({ syscall: "connect" });
  });

  test.each([
    ["its own", false],
    ["a factory's", true],
  ])("%s connection has TCP_NODELAY", async (_name, factory) => {
    const setNoDelay = vi.spyOn(Socket.prototype, "setNoDelay");
    await start(({ socket }) => socket.write(ok), {
      ...(factory ? { connect: () => connect(Number(server.origin.port), "127.0.0.1") } : {}),
    });
    await get().done;
    expect(setNoDelay.mock.calls).toEqual([[true]]);
    setNoDelay.mockRestore();
  });

  test("head and small body leave in one write", async () => {
    const { origin, sockets, close } = await listen(createServer(), (socket) => {
      socket.once("data", (chunk) => {
        socket.end(`HTTP/1.1 200 OK\r\nX-Read: ${chunk.length}\r\nContent-Length: 0\r\n\r\n`);
      });
    });
    server = { origin, sockets, requests: [], close };
    client = createUpstreamClient({ origin, timeouts: patient });
    const recorder = new Recorder();
    client.send({ method: "POST", path: "/", headers: [], body: Buffer.alloc(5000, "y") }, recorder);
    expect(Number((await recorder.done).headers?.get("x-read"))).toBeGreaterThan(5000);
  });

  test.each([
    ["another scheme", new URL("ftp://engine")],
    ["a path", new URL("http://engine/v1")],
    ["a query", new URL("http://engine/?a")],
    ["credentials", new URL("http://user:secret@engine/")],
  ])("an origin with %s is refused", async (_name, origin) => {
    await start(() => undefined);
    expect(() => createUpstreamClient({ origin, timeouts: patient })).toThrow(TypeError);
  });

  test("limits that are no whole numbers are refused", async () => {
    await start(() => undefined);
    const { origin } = server;
    expect(() => createUpstreamClient({ origin, timeouts: { ...patient, idleMs: -1 } })).toThrow(/idleMs/);
    expect(() => createUpstreamClient({ origin, timeouts: { ...patient, totalMs: Number.NaN } })).toThrow(/totalMs/);
    expect(() => createUpstreamClient({ origin, timeouts: patient, maxConnections: 0 })).toThrow(/maxConnections/);
    const request = { method: "GET", path: "/", headers: [], timeouts: { connectMs: 0.5 } };
    expect(() => client.send(request, new Recorder())).toThrow(/connectMs/);
    expect(client.active).toBe(0);
  });
});
