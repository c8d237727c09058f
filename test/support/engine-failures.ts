import { chunk, DONE, delta, head, STREAM_HEAD, streamOf } from "./engine-answers.ts";
import { type EngineScript, silence } from "./scripted-engine.ts";

/** One way in which an engine fails, and the outcome the gateway gives it. */
export interface EngineFailure {
  readonly name: string;
  readonly script: EngineScript;
  /** Code of the closed set of errors. */
  readonly code: string;
  /** HTTP status on REST while nothing has been sent. */
  readonly status: number;
  /** The time limit that is made short for it. The others stay long, so that a slow machine changes no outcome. */
  readonly limit?: "FIRST_BYTE" | "IDLE" | "TOTAL";
}

/** Variables of a gateway that is to meet `failure`. No kept connections: a request on one may be sent again on a fresh one. */
export function limitsFor(failure: Pick<EngineFailure, "limit">): Readonly<Record<string, string>> {
  return {
    COUNTERSIGN_LIMITS_RESPONSE: "64KiB",
    COUNTERSIGN_POOL_MAX_IDLE_SOCKETS: "0",
    ...(failure.limit === undefined ? {} : { [`COUNTERSIGN_TIMEOUTS_${failure.limit}`]: "300ms" }),
  };
}

const JSON_HEAD = head(200, { "content-type": "application/json", "content-length": "100" });
const CHUNKED_HEAD = head(200, { "content-type": "application/json", "transfer-encoding": "chunked" });

/** Writes `piece` until the gateway leaves: an engine that is alive and never done. */
function endless(opening: string, piece: string): EngineScript {
  return async (exchange) => {
    await exchange.write(opening);
    const timer = setInterval(() => void exchange.write(chunk(piece)), 20);
    await exchange.gone;
    clearInterval(timer);
  };
}

/** Fails before a complete response head. */
export const FAILURES_BEFORE_THE_HEAD: readonly EngineFailure[] = [
  { name: "closes without an answer", script: (x) => x.end(), code: "engine_unreachable", status: 502 },
  { name: "resets without an answer", script: (x) => x.reset(), code: "engine_unreachable", status: 502 },
  {
    name: "closes within the head",
    script: async (x) => {
      await x.write("HTTP/1.1 200 OK\r\ncontent-ty");
      x.end();
    },
    code: "engine_unreachable",
    status: 502,
  },
  { name: "never answers", script: silence, code: "engine_timeout", status: 504, limit: "FIRST_BYTE" },
  {
    name: "stalls within the head",
    script: (x) => x.write("HTTP/1.1 200 OK\r\ncontent-ty"),
    code: "engine_timeout",
    status: 504,
    limit: "FIRST_BYTE",
  },
  {
    name: "does not speak HTTP",
    script: (x) => x.write("SSH-2.0-engine\r\n\r\n"),
    code: "engine_protocol",
    status: 502,
  },
  {
    name: "sends a head without end",
    script: (x) => x.write(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(1 << 20)}`),
    code: "engine_protocol",
    status: 502,
  },
  {
    name: "gives two lengths",
    script: (x) => x.write(head(200, { "content-length": "2", "transfer-encoding": "chunked" })),
    code: "engine_protocol",
    status: 502,
  },
  {
    name: "redirects",
    script: (x) => x.write(head(307, { location: "http://127.0.0.1:1/", "content-length": "0" })),
    code: "engine_protocol",
    status: 502,
  },
];

/** Fails within an answer that the gateway holds until it is whole. */
export const FAILURES_WITHIN_AN_ANSWER: readonly EngineFailure[] = [
  {
    name: "closes before the length is reached",
    script: async (x) => {
      await x.write(`${JSON_HEAD}{"id":`);
      x.end();
    },
    code: "engine_truncated",
    status: 502,
  },
  {
    name: "closes within a chunk",
    script: async (x) => {
      await x.write(`${CHUNKED_HEAD}10\r\n{"id":`);
      x.end();
    },
    code: "engine_truncated",
    status: 502,
  },
  {
    name: "closes before the last chunk",
    script: async (x) => {
      await x.write(`${CHUNKED_HEAD}2\r\n{}\r\n`);
      x.end();
    },
    code: "engine_truncated",
    status: 502,
  },
  {
    name: "resets within the answer",
    script: async (x) => {
      await x.write(`${JSON_HEAD}{"id":`);
      x.reset();
    },
    code: "engine_truncated",
    status: 502,
  },
  {
    name: "stalls within the answer",
    script: (x) => x.write(`${JSON_HEAD}{`),
    code: "engine_timeout",
    status: 504,
    limit: "IDLE",
  },
  { name: "never ends", script: endless(CHUNKED_HEAD, " "), code: "engine_timeout", status: 504, limit: "TOTAL" },
  {
    name: "breaks the chunking",
    script: (x) => x.write(`${CHUNKED_HEAD}zz\r\n`),
    code: "engine_protocol",
    status: 502,
  },
  {
    name: "sends more than the limit",
    script: (x) => x.write(Buffer.concat([Buffer.from(CHUNKED_HEAD), chunk(Buffer.alloc(70_000, " "))])),
    code: "engine_protocol",
    status: 502,
  },
];

/** Id in the events of the failing streams. */
export const FAILING_ID = "chatcmpl-failing";

/** What a failing stream holds before it fails. */
export const OPENING = delta(FAILING_ID, "Hel");

function afterOpening(then: EngineScript): EngineScript {
  return async (exchange) => {
    await exchange.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(OPENING)]));
    await then(exchange);
  };
}

/** A failure of a stream: `bytes` of the engine reach a REST caller before the gateway's error event. */
export interface StreamFailure extends EngineFailure {
  readonly bytes: string;
  /** The engine itself has told the caller: the gateway adds no error event. */
  readonly told?: true;
}

/** Fails in the middle of an event stream. */
export const FAILURES_WITHIN_A_STREAM: readonly StreamFailure[] = [
  {
    name: "closes within a chunk",
    script: afterOpening(async (x) => {
      await x.write('20\r\ndata: {"id"');
      x.end();
    }),
    code: "engine_truncated",
    status: 502,
    bytes: `${OPENING}data: {"id"`,
  },
  {
    name: "closes between chunks",
    script: afterOpening((x) => x.end()),
    code: "engine_truncated",
    status: 502,
    bytes: OPENING,
  },
  { name: "resets", script: afterOpening((x) => x.reset()), code: "engine_truncated", status: 502, bytes: OPENING },
  { name: "stalls", script: afterOpening(silence), code: "engine_timeout", status: 504, limit: "IDLE", bytes: OPENING },
  {
    name: "breaks the chunking",
    script: afterOpening((x) => x.write("zz\r\n")),
    code: "engine_protocol",
    status: 502,
    bytes: OPENING,
  },
  { name: "ends without [DONE]", script: streamOf(OPENING), code: "engine_truncated", status: 502, bytes: OPENING },
  {
    name: "ends within an event",
    script: streamOf(OPENING, 'data: {"id":"x"}\n'),
    code: "engine_truncated",
    status: 502,
    bytes: `${OPENING}data: {"id":"x"}\n`,
  },
  {
    name: "sends an error in data",
    script: streamOf(OPENING, 'data: {"error":{"message":"out of memory","code":500}}\n\n'),
    code: "engine_stream_error",
    status: 502,
    bytes: `${OPENING}data: {"error":{"message":"out of memory","code":500}}\n\n`,
    told: true,
  },
  {
    name: "sends an error in data, and [DONE]",
    script: streamOf(OPENING, 'data: { "error" : "boom"}\n\n', DONE),
    code: "engine_stream_error",
    status: 502,
    bytes: `${OPENING}data: { "error" : "boom"}\n\n${DONE}`,
    told: true,
  },
  {
    name: "sends an error event",
    script: streamOf(OPENING, 'event: error\ndata: {"message":"out of memory"}\n\n'),
    code: "engine_stream_error",
    status: 502,
    bytes: `${OPENING}event: error\ndata: {"message":"out of memory"}\n\n`,
    told: true,
  },
  {
    name: "sends an error event without a space",
    script: streamOf(OPENING, 'event:error\ndata: {"message":"out of memory"}\n\n'),
    code: "engine_stream_error",
    status: 502,
    bytes: `${OPENING}event:error\ndata: {"message":"out of memory"}\n\n`,
    told: true,
  },
  {
    name: "sends an error event that looks like any other",
    script: streamOf(OPENING, `event: error\n${OPENING}`),
    code: "engine_stream_error",
    status: 502,
    bytes: `${OPENING}event: error\n${OPENING}`,
    told: true,
  },
  {
    name: "sends a flat error object",
    script: streamOf(OPENING, 'data: {"object":"error","message":"out of memory"}\n\n'),
    code: "engine_stream_error",
    status: 502,
    bytes: `${OPENING}data: {"object":"error","message":"out of memory"}\n\n`,
    told: true,
  },
];

/** A stream that never ends, in comments. */
export const ENDLESS_STREAM: EngineScript = endless(STREAM_HEAD, ": ping\n\n");
