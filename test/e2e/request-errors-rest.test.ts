import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { healthy } from "../support/engine-answers.ts";
import { OTHER_TOKEN, startTestGateway, TOKEN } from "../support/gateway.ts";
import {
  CHAT,
  chatBody,
  http2Session,
  keepAliveAgent,
  type RestAnswer,
  type RestCall,
  rawConnection,
  rest,
  restOverHttp2,
} from "../support/rest-call.ts";

/** Stands for a prompt: must never appear in an error or in the log. */
const CANARY = "canary-prompt-7f3a";
const LIMIT = 64 << 10;

let pair: EngineAndGateway;

beforeAll(async () => {
  pair = await startEngineAndGateway(healthy(), {
    env: {
      COUNTERSIGN_LIMITS_JSON_BODY: String(LIMIT),
      COUNTERSIGN_TIMEOUTS_REQUEST_BODY: "300ms",
      COUNTERSIGN_TIMEOUTS_HEADERS: "400ms",
    },
    tls: true,
  });
});

afterAll(() => pair[Symbol.asyncDispose]());

afterEach(() => {
  const log = pair.gateway.log.join("\n");
  for (const secret of [CANARY, TOKEN, OTHER_TOKEN, "wrong-token"]) expect(log).not.toContain(secret);
});

const VERSIONS: Readonly<Record<string, (call: RestCall) => Promise<RestAnswer>>> = {
  "HTTP/1.1": (call) => rest(pair.gateway.url, call),
  "HTTP/2": async (call) => {
    await using session = http2Session(pair.gateway.url);
    return await restOverHttp2(session, call);
  },
  "HTTP/2 over TLS": async (call) => {
    await using session = http2Session(pair.gateway.tlsUrl ?? "");
    return await restOverHttp2(session, call);
  },
};

/** Requires the OpenAI envelope and nothing of the caller's in it; returns the error. */
function envelope(answer: RestAnswer, status: number, code: string): Record<string, unknown> {
  const text = answer.body.toString("utf8");
  expect(answer.status, text).toBe(status);
  expect(answer.headers["content-type"]).toBe("application/json");
  expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  const { error } = JSON.parse(text) as { error: Record<string, unknown> };
  expect(Object.keys(error)).toEqual(["message", "type", "param", "code"]);
  expect(error["code"]).toBe(code);
  expect(error["message"]).toMatch(/\S/);
  for (const secret of [CANARY, TOKEN, OTHER_TOKEN, "wrong-token"]) expect(text).not.toContain(secret);
  return error;
}

const deep = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const withCanary = `"messages":[{"role":"user","content":"${CANARY}"}]`;

const BODIES: readonly (readonly [string, string | Buffer, number, string, string | null])[] = [
  ["an empty body", "", 400, "invalid_json", null],
  ["half a body", `{"model":"m",${withCanary}`, 400, "invalid_json", null],
  ["something behind the body", `{"model":"m",${withCanary}} ${CANARY}`, 400, "invalid_json", null],
  ["a bare word", CANARY, 400, "invalid_json", null],
  ["a list", `[{"model":"m",${withCanary}}]`, 400, "invalid_json", null],
  ["[1]", "[1]", 400, "invalid_json", null],
  ["3", "3", 400, "invalid_json", null],
  ['"x"', `"${CANARY}"`, 400, "invalid_json", null],
  ["null", "null", 400, "invalid_json", null],
  ["a repeated model", `{"model":"m",${withCanary},"model":"n"}`, 400, "invalid_json", "model"],
  ["a model repeated in escapes", `{"model":"m",${withCanary},"mo\\u0064el":"n"}`, 400, "invalid_json", "model"],
  ["a repeated stream", `{"model":"m","stream":true,"stream":false,${withCanary}}`, 400, "invalid_json", "stream"],
  ["too many levels", `{"model":"m","x":${deep(128)}}`, 400, "invalid_json", null],
  ["a body of brackets", "[".repeat(60_000), 400, "invalid_json", null],
  ["an object of 60 000 levels", '{"a":'.repeat(10_000), 400, "invalid_json", null],
  ["a comma too many", `{"model":"m",${withCanary},}`, 400, "invalid_json", null],
  ["single quotes", `{'model':'m'}`, 400, "invalid_json", null],
  ["a control character in a string", `{"model":"m","x":"${CANARY}\u0001"}`, 400, "invalid_json", null],
  ["NaN", `{"model":"m","x":NaN}`, 400, "invalid_json", null],
  ["a leading zero", `{"model":"m","x":01}`, 400, "invalid_json", null],
  ["a byte order mark", `\ufeff{"model":"m"}`, 400, "invalid_json", null],
  ["bytes that are not UTF-8", Buffer.from(`{"model":"m","x":"\xff\xfe"}`, "latin1"), 400, "invalid_json", null],
  ["an overlong encoding", Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]), 400, "invalid_json", null],
  ["no model", `{${withCanary}}`, 400, "invalid_request", "model"],
  ["a model of null", `{"model":null,${withCanary}}`, 400, "invalid_request", "model"],
  ["a model that is a number", `{"model":7,${withCanary}}`, 400, "invalid_request", "model"],
  ["an unknown model", `{"model":"${CANARY}"}`, 404, "model_not_found", "model"],
  ["a stream that is no boolean", `{"model":"m","stream":"${CANARY}"}`, 400, "invalid_request", "stream"],
  ["a stream that is 1", `{"model":"m","stream":1}`, 400, "invalid_request", "stream"],
];

describe.each(Object.keys(VERSIONS))("over %s", (version) => {
  const call = (options: RestCall): Promise<RestAnswer> => {
    const open = VERSIONS[version];
    if (open === undefined) throw new Error("no such version");
    return open(options);
  };

  test.each(BODIES)("%s is refused in the envelope", async (_what, body, status, code, param) => {
    const before = pair.engine.exchanges.length;
    for (const path of [CHAT, "/v1/completions", "/v1/embeddings"]) {
      expect(envelope(await call({ path, body, method: "POST" }), status, code)["param"]).toBe(param);
    }
    expect(pair.engine.exchanges).toHaveLength(before);
  });

  test.each<readonly [string, string | null]>([
    ["no token", null],
    ["an empty header", ""],
    ["a scheme alone", "Bearer"],
    ["a wrong token", "Bearer wrong-token"],
    ["a token without a scheme", TOKEN],
    ["another scheme", `Basic ${TOKEN}`],
    ["the beginning of a token", `Bearer ${TOKEN.slice(0, -1)}`],
    ["a token and more", `Bearer ${TOKEN}x`],
    ["two tokens", `Bearer ${TOKEN} ${OTHER_TOKEN}`],
    ["both tokens joined", `Bearer ${TOKEN},${OTHER_TOKEN}`],
    ["a very long token", `Bearer ${"x".repeat(9000)}`],
  ])("%s is 401", async (_what, authorization) => {
    for (const path of [CHAT, "/v1/signature/x", "/no-such-path"]) {
      const post = path === CHAT ? { body: chatBody(true, CANARY) } : {};
      const answer = await call({ path, authorization, ...post });
      expect(envelope(answer, 401, "unauthenticated")).toMatchObject({ type: "unauthorized" });
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
    }
  });

  test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER   ${TOKEN}`, `Bearer ${OTHER_TOKEN}`])(
    "%s is accepted",
    async (authorization) => {
      expect((await call({ path: CHAT, body: chatBody(false), authorization })).status).toBe(200);
    },
  );

  test.each([
    `/v1/${CANARY}`,
    `/x?q=${CANARY}`,
    "/v1/chat/completions/",
    "//",
    "/v1/../v1/models",
    "/%2e%2e/v1/models",
    "/v1%2fmodels",
    "/v1/load_lora_adapter",
  ])("the unknown path %s is 404", async (path) => {
    envelope(await call({ path }), 404, "not_found");
  });

  test.each([
    ["GET", CHAT, "POST"],
    ["PUT", "/v1/completions", "POST"],
    ["DELETE", "/v1/embeddings", "POST"],
    ["POST", "/v1/models", "GET, HEAD"],
    ["PATCH", "/healthz", "GET, HEAD"],
    ["POST", "/v1/signature/x", "GET, HEAD"],
    ["OPTIONS", CHAT, "POST"],
  ])("%s %s is 405 with Allow: %s", async (method, path, allow) => {
    const answer = await call({ method, path });
    envelope(answer, 405, "method_not_allowed");
    expect(answer.headers["allow"]).toBe(allow);
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "",
  ])("content type %j is 415", async (type) => {
    const answer = await call({ path: CHAT, body: chatBody(true, CANARY), headers: { "content-type": type } });
    envelope(answer, 415, "unsupported_media_type");
  });

  test.each(["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json"])(
    "content type %s is taken",
    async (type) => {
      expect((await call({ path: CHAT, body: chatBody(false), headers: { "content-type": type } })).status).toBe(200);
    },
  );

  test("a body of exactly the limit is taken, one byte more is 413", async () => {
    const body = chatBody(false, CANARY);
    const fits = body + " ".repeat(LIMIT - body.length);
    expect((await call({ path: CHAT, body: fits })).status).toBe(200);
    envelope(await call({ path: CHAT, body: `${fits} ` }), 413, "payload_too_large");
  });

  test("a request id that is odd or long is replaced", async () => {
    for (const id of ["x".repeat(129), "a b", "a;b", "a/b", "é"]) {
      const answer = await call({ path: "/version", headers: { "x-request-id": Buffer.from(id).toString("latin1") } });
      expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    }
    const kept = await call({ path: "/version", headers: { "x-request-id": "A-z_0.9:x" } });
    expect(kept.headers["x-request-id"]).toBe("A-z_0.9:x");
  });
});

describe("a body over the limit", () => {
  const HUGE = Buffer.alloc(8 << 20, " ");

  test.each([true, false])("over HTTP/1.1 (declared: %s) is 413 and the next request works", async (declared) => {
    using agent = keepAliveAgent(1);
    for (let round = 0; round < 3; round++) {
      using connection = await rawConnection(pair.gateway.url);
      const framing = declared ? `content-length: ${HUGE.length}` : "transfer-encoding: chunked";
      connection.socket.write(
        `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`,
      );
      connection.socket.write(declared ? HUGE.subarray(0, LIMIT + 1) : `${(LIMIT + 1).toString(16)}\r\n`);
      if (!declared) connection.socket.write(HUGE.subarray(0, LIMIT + 1));
      // The answer arrives although the body never ends, and the connection is closed rather than misread.
      expect(await connection.ended).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"payload_too_large"/);
      const answer = await rest(pair.gateway.url, { path: CHAT, body: chatBody(false), agent });
      expect(answer.status).toBe(200);
    }
  });

  test.each([true, false])("over HTTP/2 (declared: %s) is 413 and frees its stream", async (declared) => {
    await using narrow = await startTestGateway({
      engine: pair.engine.url,
      env: { COUNTERSIGN_LIMITS_JSON_BODY: String(LIMIT), COUNTERSIGN_LIMITS_CONCURRENT_STREAMS: "3" },
    });
    await using session = http2Session(narrow.url);
    await once(session, "remoteSettings");
    const refused = Array.from({ length: 9 }, async () => {
      const stream = session.request({
        ":method": "POST",
        ":path": CHAT,
        authorization: `Bearer ${TOKEN}`,
        "content-type": "application/json",
        ...(declared ? { "content-length": HUGE.length } : {}),
      });
      // A client that stops sending, but neither ends nor resets its stream.
      stream.on("error", () => {});
      stream.write(HUGE.subarray(0, LIMIT + 1));
      let text = "";
      stream.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
      expect(headers[":status"]).toBe(413);
      await once(stream, "close");
      expect(JSON.parse(text).error.code).toBe("payload_too_large");
    });
    await Promise.all(refused);
    const next = await restOverHttp2(session, { path: CHAT, body: chatBody(false) });
    expect(next.status).toBe(200);
  });
});

describe("a request that does not complete", () => {
  test("whose body stalls is 408 over HTTP/1.1", async () => {
    using connection = await rawConnection(pair.gateway.url);
    connection.socket.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"mod`,
    );
    expect(await connection.ended).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
  });

  test("whose body stalls is 408 over HTTP/2", async () => {
    await using session = http2Session(pair.gateway.url);
    const stream = session.request({
      ":method": "POST",
      ":path": CHAT,
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/json",
    });
    stream.write('{"mod');
    stream.on("error", () => {});
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    expect(headers[":status"]).toBe(408);
    stream.resume();
    await once(stream, "close");
    expect((await restOverHttp2(session, { path: "/healthz" })).status).toBe(200);
  });

  test.each([
    ["nothing", ""],
    ["half an HTTP/2 preface", "PRI * HTTP/2.0\r\n"],
  ])("a connection that sends %s is closed", async (_what, bytes) => {
    using connection = await rawConnection(pair.gateway.url);
    connection.socket.write(bytes);
    expect(await connection.ended).toBe("");
  });

  test("whose head stalls is ended with 408 in the envelope", async () => {
    using connection = await rawConnection(pair.gateway.url);
    connection.socket.write(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-canary: ${CANARY}`);
    const received = await connection.ended;
    expect(received).toMatch(/^HTTP\/1\.1 408 [\s\S]*\r\ncontent-type: application\/json\r\n/i);
    expect(received).toMatch(/"code":"request_timeout"\}\}$/);
  });
});

describe("what is not HTTP", () => {
  test.each([
    ["a bad request line", `${CANARY}\r\n\r\n`, 400, "invalid_request"],
    [
      "two lengths",
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`,
      400,
      "invalid_request",
    ],
    [
      "a length beside chunks",
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
      400,
      "invalid_request",
    ],
    ["a bare control character", `GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\u0000b\r\n\r\n`, 400, "invalid_request"],
    [
      "a head beyond the limit",
      `GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${CANARY.repeat(2000)}\r\n\r\n`,
      431,
      "invalid_request",
    ],
  ])("%s is refused in the envelope", async (_what, bytes, status, code) => {
    using connection = await rawConnection(pair.gateway.url);
    connection.socket.write(bytes);
    const received = await connection.ended;
    expect(received.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    expect(received).toMatch(/\r\ncontent-type: application\/json\r\n/i);
    const body = received.slice(received.indexOf("\r\n\r\n") + 4);
    expect(JSON.parse(body).error.code).toBe(code);
    expect(received).not.toContain(CANARY);
  });

  test("a request without Host is refused", async () => {
    using connection = await rawConnection(pair.gateway.url);
    connection.socket.write("GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n");
    expect(await connection.ended).toMatch(/^HTTP\/1\.1 400 /);
  });
});

test("a small early answer keeps an HTTP/1.1 connection usable", async () => {
  using agent = keepAliveAgent(1);
  const sockets = new Set<unknown>();
  for (let round = 0; round < 3; round++) {
    const answer = await rest(pair.gateway.url, { path: CHAT, body: chatBody(true), authorization: null, agent });
    envelope(answer, 401, "unauthenticated");
    sockets.add(Object.values(agent.freeSockets)[0]?.[0] ?? Object.values(agent.sockets)[0]?.[0]);
  }
  expect(sockets.size).toBe(1);
});

test("a pipelined request is answered after the first", async () => {
  using connection = await rawConnection(pair.gateway.url);
  connection.socket.write(
    "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /version HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
  );
  expect(await connection.ended).toMatch(/"alive"[\s\S]*"countersign"/);
});

test("an answer that a HEAD request gets has no body", async () => {
  const answer = await rest(pair.gateway.url, { method: "HEAD", path: "/healthz" });
  expect(answer.status).toBe(200);
  expect(answer.body).toHaveLength(0);
});

test("a caller that leaves before its body is complete costs nothing", async () => {
  const before = pair.engine.exchanges.length;
  {
    using connection = await rawConnection(pair.gateway.url);
    connection.socket.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
    );
  }
  expect((await rest(pair.gateway.url, { path: CHAT, body: chatBody(false) })).status).toBe(200);
  expect(pair.engine.exchanges).toHaveLength(before + 1);
});

test("the model list needs no token unless it is closed", async () => {
  expect((await rest(pair.gateway.url, { path: "/v1/models", authorization: null })).status).toBe(200);
  await using closed = await startTestGateway({
    engine: pair.engine.url,
    env: { COUNTERSIGN_ACCESS_PUBLIC_MODELS: "no", COUNTERSIGN_ACCESS_PUBLIC_METRICS: "no" },
  });
  for (const path of ["/v1/models", "/metrics", "/v1/metrics"]) {
    envelope(await rest(closed.url, { path, authorization: null }), 401, "unauthenticated");
  }
  expect((await rest(closed.url, { path: "/v1/models" })).status).toBe(200);
});
