import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerWith, chunk, head, LAST_CHUNK, STREAM_HEAD, streamOf } from "../support/engine-answers.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import {
  CHAT,
  http2Session,
  openRest,
  type RestAnswer,
  type RestCall,
  rest,
  restOverHttp2,
} from "../support/rest-call.ts";
import { type ScriptedEngine, startScriptedEngine } from "../support/scripted-engine.ts";
import { sha256Hex, verifiedRecord } from "../support/signature-check.ts";

/** JSON that no serialiser would write: spacing, number spellings, escapes, key order, repeated and unknown members. */
const ODD = [
  ' \t\r\n{ "z" :\t1.0,"temperature":0.10 , "a":1e-7,"big":9007199254740993,"bigger":18446744073709551617,',
  '"minus":-0,"exp":1E+2, "seed":1,"seed":2,"x_unknown":{"b":1,"a":[ ]},"esc":"\\u00e9\\/\\ud83d\\ude00 é😀 \\u0000",',
  '"mo\\u0064el":"m","messages":[{"role":"user","content":"Hi"}],"empty":"" } \n',
].join("");

const oddRequest = (stream: string): string => ODD.replace('"z"', `"stream": ${stream} ,"z"`);

const JSON_ANSWERS = {
  odd: ODD.replace('"mo\\u0064el":"m"', '"id":"odd-answer"'),
  "an array": '[ {"id":"x"}, 1.0 ]',
  "an id that is not a string": '{"id": 7,"choices":[]}',
  "without an id": '{"choices":[]  }',
  "not JSON at all": "\u0000\u0001 plain",
  "not UTF-8": Buffer.from([0xff, 0xfe, 0x00, 0x80]),
  empty: "",
};

/** Event streams as engines of all kinds frame them. Each is a list of writes. */
const STREAMS: Readonly<Record<string, readonly (string | Uint8Array)[]>> = {
  plain: ['data: {"id":"s1","choices":[]}\n\n', "data: [DONE]\n\n"],
  "comments, ids and retry": [
    ": hello\n\n:\n\nid: 7\nretry: 10\n",
    'data: { "id" : "s2" }\n\n',
    ": ping\n\ndata: [DONE]\n\n: bye\n",
  ],
  CRLF: ['data: {"id":"s3"}\r\n\r\n', "data: [DONE]\r\n\r\n"],
  "CR alone": ['data: {"id":"s4"}\r\r', "data: [DONE]\r\r"],
  "no space after the colon": ['data:{"id":"s5"}\n\ndata:[DONE]\n\n'],
  "several data lines in one event": ['data: {"id":\ndata: "s6"}\n\n', "data: [DONE]\n\n"],
  "no blank line at the end": ['data: {"id":"s7"}\n\n', "data: [DONE]\n"],
  "no line end at the end": ['data: {"id":"s8"}\n\n', "data: [DONE]"],
  "extra blank lines": ["\n\n\n", 'data: {"id":"s9"}\n\n\n\n', "data: [DONE]\n\n\n\n"],
  "a byte order mark": ["\ufeff", 'data: {"id":"s10"}\n\n', "data: [DONE]\n\n"],
  "an event after [DONE]": ['data: {"id":"s11"}\n\ndata: [DONE]\n\ndata: {"late":1}\n\n'],
  "not UTF-8": [Buffer.from([0x3a, 0xff, 0xfe, 0x0a, 0x0a]), "data: [DONE]\n\n"],
  "no event but the last": ["data: [DONE]\n\n"],
};

let engine: ScriptedEngine;
let gateway: TestGateway;

beforeAll(async () => {
  engine = await startScriptedEngine();
  gateway = await startTestGateway({ engine: engine.url });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

/** Both HTTP versions of the REST door. */
const VERSIONS: Readonly<Record<string, (call: RestCall) => Promise<RestAnswer>>> = {
  "HTTP/1.1": (call) => rest(gateway.url, call),
  "HTTP/2": async (call) => {
    await using session = http2Session(gateway.url);
    return await restOverHttp2(session, call);
  },
};

/** What the signature of `answer` must cover. */
async function expectSigned(answer: RestAnswer, request: string | Uint8Array): Promise<void> {
  const record = await verifiedRecord(gateway.url, String(answer.headers["x-receipt-id"]));
  expect(record.text).toBe(`m:${sha256Hex(request)}:${sha256Hex(answer.body)}`);
  expect(record.status).toBe("complete");
}

describe.each(Object.keys(VERSIONS))("over %s", (version) => {
  const call = (options: RestCall): Promise<RestAnswer> => {
    const open = VERSIONS[version];
    if (open === undefined) throw new Error("no such version");
    return open(options);
  };

  test.each(["/v1/chat/completions", "/v1/completions", "/v1/embeddings"])("%s forwards every byte", async (path) => {
    engine.script = answerWith(200, JSON_ANSWERS.odd);
    const body = oddRequest("false");
    const arrived = engine.next();
    const answer = await call({ path, body, headers: { "x-request-id": "req-7", "x-secret": "stays-here" } });
    const { headers, ...received } = await arrived;
    expect(received.path).toBe(path);
    expect(received.body.equals(Buffer.from(body))).toBe(true);
    expect(answer.body.toString()).toBe(JSON_ANSWERS.odd);
    expect(answer.headers["x-request-id"]).toBe("req-7");
    expect(headers.get("x-request-id")).toBe("req-7");
    // Neither the caller's token nor any other header of the caller reaches the engine.
    expect([...headers.keys()].sort()).toEqual(
      expect.not.arrayContaining(["authorization", "x-secret", "user-agent", "cookie"]),
    );
    await expectSigned(answer, body);
  });

  test.each(Object.entries(JSON_ANSWERS))("an answer is returned byte for byte: %s", async (_name, bytes) => {
    engine.script = answerWith(200, bytes);
    const body = oddRequest("null");
    const answer = await call({ path: CHAT, body });
    expect(answer.status).toBe(200);
    expect(answer.body.equals(Buffer.from(bytes))).toBe(true);
    await expectSigned(answer, body);
  });

  test.each(Object.entries(STREAMS))("an event stream is returned byte for byte: %s", async (_name, pieces) => {
    engine.script = streamOf(...pieces);
    const body = oddRequest("true");
    const answer = await call({ path: CHAT, body });
    expect(answer.status).toBe(200);
    expect(answer.cut).toBe(false);
    expect(answer.headers["content-type"]).toBe("text/event-stream");
    expect(answer.body.equals(Buffer.concat(pieces.map((piece) => Buffer.from(piece))))).toBe(true);
    await expectSigned(answer, body);
  });

  test("an empty answer with status 204 stays one, without a length", async () => {
    engine.script = (exchange) => exchange.write(head(204, {}));
    const answer = await call({ path: CHAT, body: oddRequest("false") });
    expect(answer.status).toBe(204);
    expect(answer.body.length).toBe(0);
    expect(answer.headers["content-length"]).toBeUndefined();
  });

  test("an answer of 5 MB is returned byte for byte, streamed or not", async () => {
    const piece = Buffer.from(`data: {"id":"big","text":"${"é".repeat(50_000)}"}\n\n`);
    const whole = Buffer.concat(Array.from({ length: 50 }, () => piece));
    engine.script = async (exchange) => {
      await exchange.write(STREAM_HEAD);
      await exchange.write(chunk(whole));
      await exchange.write(Buffer.concat([chunk("data: [DONE]\n\n"), Buffer.from(LAST_CHUNK)]));
    };
    const stream = await call({ path: CHAT, body: oddRequest("true") });
    expect(stream.body.equals(Buffer.concat([whole, Buffer.from("data: [DONE]\n\n")]))).toBe(true);
    await expectSigned(stream, oddRequest("true"));
    engine.script = answerWith(200, whole);
    const buffered = await call({ path: CHAT, body: oddRequest("false") });
    expect(buffered.body.equals(whole)).toBe(true);
    await expectSigned(buffered, oddRequest("false"));
  });
});

test("a stream cut into reads at every byte is returned byte for byte", async () => {
  const bytes = Buffer.from(': é\r\n\r\ndata: {"id":"cut","x":"é😀"}\n\ndata: [DONE]\n\n');
  for (let at = 1; at < bytes.length; at++) {
    let release = (): void => {};
    const received = new Promise<void>((resolve) => {
      release = resolve;
    });
    engine.script = async (exchange) => {
      await exchange.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(bytes.subarray(0, at))]));
      // The second part leaves when the caller has the first: the gateway has read them apart.
      await received;
      await exchange.write(Buffer.concat([chunk(bytes.subarray(at)), Buffer.from(LAST_CHUNK)]));
    };
    const body = oddRequest("true");
    const answer = await readInTwo(body, at, release);
    expect(answer.body.equals(bytes), `cut at ${at}`).toBe(true);
    await expectSigned(answer, body);
  }
});

/** Calls over HTTP/1.1 and releases the rest of the answer once `count` bytes have arrived. */
async function readInTwo(body: string, count: number, release: () => void): Promise<RestAnswer> {
  const { response } = await openRest(gateway.url, { path: CHAT, body });
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response) {
    pieces.push(piece as Buffer);
    length += (piece as Buffer).length;
    if (length >= count) release();
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces), cut: false };
}

test("the engine is asked for an answer without compression", async () => {
  engine.script = answerWith(200, "{}");
  const arrived = engine.next();
  await rest(gateway.url, { path: CHAT, body: oddRequest("false"), headers: { "accept-encoding": "gzip, br" } });
  expect((await arrived).headers.get("accept-encoding")).toBe("identity");
});

test("an answer that the engine compresses anyway passes with its coding, and the signature covers its bytes", async () => {
  const compressed = gzipSync('{"id":"squeezed"}');
  engine.script = answerWith(200, compressed, { "content-encoding": "gzip" });
  const answer = await rest(gateway.url, { path: CHAT, body: oddRequest("false") });
  expect(answer.headers["content-encoding"]).toBe("gzip");
  expect(answer.body.equals(compressed)).toBe(true);
  await expectSigned(answer, oddRequest("false"));
});

test("a stream without length or chunks ends with the connection", async () => {
  engine.script = async (exchange) => {
    await exchange.write(head(200, { "content-type": "text/event-stream", connection: "close" }));
    await exchange.write('data: {"id":"to-the-end"}\n\ndata: [DONE]\n\n');
    exchange.end();
  };
  const answer = await rest(gateway.url, { path: CHAT, body: oddRequest("true") });
  expect(answer.body.toString()).toBe('data: {"id":"to-the-end"}\n\ndata: [DONE]\n\n');
  await expectSigned(answer, oddRequest("true"));
});

test("a JSON answer to a streaming request is returned as it is and signed", async () => {
  engine.script = answerWith(200, '{"id":"not-a-stream"}');
  const answer = await rest(gateway.url, { path: CHAT, body: oddRequest("true") });
  expect(answer.headers["content-type"]).toBe("application/json");
  expect(answer.body.toString()).toBe('{"id":"not-a-stream"}');
  await expectSigned(answer, oddRequest("true"));
});
