import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { answerWith, chunk, head } from "../support/engine-answers.ts";
import { CHAT, chatBody, type RestAnswer, rest } from "../support/rest-call.ts";
import { chatRequest, inferenceClient, rejection } from "../support/rpc-client.ts";
import { silence } from "../support/scripted-engine.ts";

const CANARY = "canary-prompt-51c9";

let pair: EngineAndGateway;

beforeAll(async () => {
  pair = await startEngineAndGateway(silence);
});

afterAll(() => pair[Symbol.asyncDispose]());

/** The same request streaming and not: engines refuse both alike. */
async function ask(stream: boolean): Promise<{ answer: RestAnswer; error: Record<string, unknown> }> {
  const answer = await rest(pair.gateway.url, { path: CHAT, body: chatBody(stream, CANARY) });
  expect(answer.headers["content-type"]).toBe("application/json");
  expect(answer.cut).toBe(false);
  const text = answer.body.toString("utf8");
  expect(text).not.toContain(CANARY);
  expect(pair.gateway.log.join("\n")).not.toContain(CANARY);
  return { answer, error: (JSON.parse(text) as { error: Record<string, unknown> }).error };
}

interface ErrorBody {
  readonly name: string;
  readonly status: number;
  readonly body: string;
  readonly message: string | RegExp;
  readonly type: string;
  readonly param: unknown;
  readonly code: unknown;
}

const plain = (status: number): Pick<ErrorBody, "message" | "type" | "param" | "code"> => ({
  message: new RegExp(`status ${status}`),
  type: "upstream_error",
  param: null,
  code: null,
});

/** Error bodies as engines of several kinds send them. */
const BODIES: readonly ErrorBody[] = [
  {
    name: "the OpenAI envelope",
    status: 400,
    body: '{"error":{"message":"max_tokens is too large: 99999. This model supports at most 4096.","type":"invalid_request_error","param":"max_tokens","code":"invalid_value"}}',
    message: "max_tokens is too large: 99999. This model supports at most 4096.",
    type: "invalid_request_error",
    param: "max_tokens",
    code: "invalid_value",
  },
  {
    name: "a flat object with a numeric code",
    status: 404,
    body: '{"object":"error","message":"The model does not exist.","type":"NotFoundError","param":"model","code":404}',
    message: "The model does not exist.",
    type: "NotFoundError",
    param: "model",
    code: 404,
  },
  {
    name: "an error that is a string",
    status: 422,
    body: '{"error":"bad things"}',
    ...plain(422),
    message: "bad things",
  },
  {
    name: "a detail of a web framework",
    status: 422,
    body: `{"detail":[{"loc":["body"],"input":"${CANARY}"}]}`,
    ...plain(422),
  },
  { name: "a detail that is text", status: 404, body: `{"detail":"Not Found: ${CANARY}"}`, ...plain(404) },
  { name: "HTML", status: 502, body: `<html>${CANARY}</html>`, ...plain(502) },
  { name: "nothing", status: 500, body: "", ...plain(500) },
  { name: "a list", status: 400, body: `[{"error":{"message":"${CANARY}"}}]`, ...plain(400) },
  { name: "null", status: 500, body: "null", ...plain(500) },
  {
    name: "fields of the wrong types",
    status: 400,
    body: `{"error":{"message":{"x":"${CANARY}"},"type":7,"param":["${CANARY}"],"code":{}}}`,
    ...plain(400),
  },
  { name: "a traceback", status: 500, body: `Traceback (most recent call last):\n  ${CANARY}`, ...plain(500) },
  {
    name: "a limit",
    status: 429,
    body: '{"error":{"message":"Too many requests","type":"rate_limit","param":null,"code":"rate_limited"}}',
    message: "Too many requests",
    type: "rate_limit",
    param: null,
    code: "rate_limited",
  },
  {
    name: "an engine that loads",
    status: 503,
    body: '{"error":{"message":"Loading model","type":"unavailable_error","code":503}}',
    message: "Loading model",
    type: "unavailable_error",
    param: null,
    code: 503,
  },
];

describe.each([false, true])("stream: %s", (stream) => {
  test.each(BODIES)("$status with $name keeps what is safe", async ({ status, body, message, type, param, code }) => {
    pair.engine.script = answerWith(status, body, { "x-engine-secret": "internal", server: "engine/1.0" });
    const { answer, error } = await ask(stream);
    expect(answer.status).toBe(status);
    if (typeof message === "string") expect(error["message"]).toBe(message);
    else expect(error["message"]).toMatch(message);
    expect(error).toMatchObject({ type, param, code });
    // Headers of the engine are its own.
    expect(answer.headers).not.toHaveProperty("x-engine-secret");
    expect(answer.headers).not.toHaveProperty("server");
  });

  test.each<readonly [string, string, string]>([
    [
      "a Python dictionary",
      `1 validation errors:\n  {'type': 'value_error', 'loc': ('body',), 'msg': 'bad role', 'input': '${CANARY}'}`,
      "1 validation errors:\n  value_error: bad role",
    ],
    [
      "a pydantic error",
      `1 validation error\n  Field required [type=missing, input_value={'content': '${CANARY}'}, input_type=dict]\n    For further information visit https://errors.example/x`,
      "1 validation error\n  Field required [type=missing]",
    ],
    ["a value without brackets", `oops input_value=${CANARY} here`, "  (validation error)"],
    [
      "JSON in the message",
      `{"type":"missing","msg":"Field required","input":"${CANARY}"}`,
      "  missing: Field required",
    ],
    ["a stray type", `  Bad value [input_value='${CANARY}', input_type=str]`, "  Bad value"],
  ])("a prompt repeated as %s is removed", async (_name, message, expected) => {
    pair.engine.script = answerWith(
      400,
      JSON.stringify({ error: { message, type: `x 'input': ${CANARY}`, param: `input_value=${CANARY}` } }),
    );
    const { error } = await ask(stream);
    expect(error["message"]).toBe(expected);
  });

  test.each([
    [503, "120", "120"],
    [503, undefined, "5"],
    [429, "7", "7"],
    [429, undefined, "5"],
    [503, "Wed, 21 Oct 2037 07:28:00 GMT", "5"],
    [503, "-1", "5"],
    [503, "99999999", "5"],
    [500, "3", "3"],
    [500, undefined, undefined],
  ])("%i with Retry-After %s says %s", async (status, sent, expected) => {
    pair.engine.script = answerWith(status, "{}", sent === undefined ? {} : { "retry-after": sent });
    const { answer } = await ask(stream);
    expect(answer.status).toBe(status);
    expect(answer.headers["retry-after"]).toBe(expected);
  });

  test("an error body without end is read up to a bound", async () => {
    pair.engine.script = async (exchange) => {
      await exchange.write(head(500, { "content-type": "text/plain", "transfer-encoding": "chunked" }));
      await exchange.write(chunk(CANARY.repeat(10_000)));
    };
    const arrived = pair.engine.next();
    const { answer } = await ask(stream);
    expect(answer.status).toBe(500);
    await (await arrived).gone;
  });

  test("a very long message is cut", async () => {
    pair.engine.script = answerWith(
      400,
      JSON.stringify({ error: { message: "m".repeat(50_000), code: "c".repeat(1000) } }),
    );
    const { error } = await ask(stream);
    expect(String(error["message"]).length).toBeLessThanOrEqual(4096);
    expect(error["code"]).toBeNull();
  });
});

async function expectEngineFields(
  status: number,
  engineCode: string | null,
  code: Code,
  reason: string,
): Promise<void> {
  const body = { error: { message: "engine says no", type: "some_error", param: "temperature", code: engineCode } };
  pair.engine.script = answerWith(status, JSON.stringify(body));
  const client = inferenceClient(pair.gateway.url, "grpc");
  const readAll = async (): Promise<void> => {
    for await (const _message of client.streamChat(chatRequest()));
  };
  for (const call of [() => client.chat(chatRequest()), readAll]) {
    const error = await rejection(call());
    expect([Code[error.code], error.rawMessage]).toEqual([Code[code], "engine says no"]);
    const [info] = error.findDetails(ErrorInfoSchema);
    expect(info?.reason).toBe(reason);
    expect(info?.metadata).toEqual({
      engine_status: String(status),
      engine_type: "some_error",
      ...(engineCode === null ? {} : { engine_code: engineCode }),
    });
    expect(error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field).toBe("temperature");
    expect(error.findDetails(RetryInfoSchema)).toHaveLength(status === 429 || status === 503 ? 1 : 0);
  }
}

test.each([
  [400, "invalid_value", Code.InvalidArgument, "ENGINE_REJECTED"],
  [401, null, Code.Internal, "ENGINE_REJECTED"],
  [404, null, Code.NotFound, "ENGINE_REJECTED"],
  [413, null, Code.ResourceExhausted, "ENGINE_REJECTED"],
  [429, "slow_down", Code.ResourceExhausted, "ENGINE_REJECTED"],
  [500, null, Code.Internal, "ENGINE_FAILED"],
])("over RPC %i (code %s) is a typed error with the engine's fields", expectEngineFields);

test("over RPC 503 is unavailable, so that clients try again", () =>
  expectEngineFields(503, null, Code.Unavailable, "ENGINE_UNAVAILABLE"));

test.each([
  '{"error":{"message":"out of memory","type":"oom","param":null,"code":"oom"}}',
  '{"object":"error","message":"out of memory","type":"oom","code":"oom"}',
])("an error with a status of success is an error, unsigned: %s", async (body) => {
  pair.engine.script = answerWith(200, body);
  const { answer, error } = await ask(false);
  expect(answer.status).toBe(502);
  expect(error).toEqual({ message: "out of memory", type: "oom", param: null, code: "oom" });
  expect(answer.headers["x-receipt-id"]).toBeUndefined();
  const rejected = await rejection(inferenceClient(pair.gateway.url, "grpc").chat(chatRequest()));
  expect(Code[rejected.code]).toBe("Unavailable");
  expect(rejected.findDetails(ErrorInfoSchema)[0]?.reason).toBe("ENGINE_FAILED");
});

test("the model list of a hostile engine is cut down to what is served", async () => {
  const list = async (body: string): Promise<unknown> => {
    pair.engine.modelsScript = answerWith(200, body);
    const answer = await rest(pair.gateway.url, { path: "/v1/models", authorization: null });
    expect(answer.status).toBe(200);
    return (JSON.parse(answer.body.toString("utf8")) as { data: { id: string }[] }).data.map(({ id }) => id);
  };
  const odd = '{"object":"list","data":[ {"id":"m","max_model_len":4096,"x":1.0} ]}';
  expect(await list(odd)).toEqual(["m"]);
  pair.engine.modelsScript = answerWith(200, odd);
  expect((await rest(pair.gateway.url, { path: "/v1/models" })).body.toString("utf8")).toBe(odd);
  expect(await list('{"data":[{"id":"m"},{"id":"secret-adapter"}]}')).toEqual(["m"]);
  for (const body of ["[]", "null", "nonsense", '{"data":{}}', '{"data":[null,1,{"id":{}}]}']) {
    expect(await list(body)).toEqual(["m"]);
  }
});
