import OpenAI, { APIConnectionError, APIError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { answerWith, chatAnswer, chunk, delta, healthy, STREAM_HEAD, streamOf } from "../support/engine-answers.ts";
import { limitsFor } from "../support/engine-failures.ts";
import { TOKEN } from "../support/gateway.ts";
import { silence } from "../support/scripted-engine.ts";
import { verifiedRecord } from "../support/signature-check.ts";

let pair: EngineAndGateway;
let client: OpenAI;

beforeAll(async () => {
  pair = await startEngineAndGateway(silence, { env: limitsFor({ limit: "IDLE" }) });
  client = new OpenAI({ apiKey: TOKEN, baseURL: `${pair.gateway.url}/v1`, maxRetries: 0 });
});

afterAll(() => pair[Symbol.asyncDispose]());

const request = { model: "m", messages: [{ role: "user" as const, content: "Hi" }] };

/** Streams a chat with the SDK: its text, and the error it ended with. */
async function streamed(): Promise<{ text: string; error: unknown }> {
  let text = "";
  try {
    for await (const event of await client.chat.completions.create({ ...request, stream: true })) {
      text += event.choices[0]?.delta.content ?? "";
    }
  } catch (error) {
    return { text, error };
  }
  return { text, error: undefined };
}

test("chat, models and embeddings work", async () => {
  pair.engine.script = healthy("sdk-1");
  expect((await client.chat.completions.create(request)).choices[0]?.message.content).toBe("Hello");
  expect(await streamed()).toEqual({ text: "Hello", error: undefined });
  expect((await verifiedRecord(pair.gateway.url, "sdk-1")).status).toBe("complete");
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["m"]);
  const vector = Buffer.from(new Float32Array([0.5, -1]).buffer).toString("base64");
  pair.engine.script = answerWith(200, JSON.stringify({ object: "list", data: [{ index: 0, embedding: vector }] }));
  const { data } = await client.embeddings.create({ model: "m", input: "Hi" });
  expect([...(data[0]?.embedding ?? [])]).toEqual([0.5, -1]);
});

test("break in a stream reaches the engine", async () => {
  pair.engine.script = async (exchange) => {
    await exchange.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(delta("sdk-2", "first"))]));
  };
  const arrived = pair.engine.next();
  for await (const event of await client.chat.completions.create({ ...request, stream: true })) {
    expect(event.choices[0]?.delta.content).toBe("first");
    break;
  }
  await (await arrived).gone;
  expect((await verifiedRecord(pair.gateway.url, "sdk-2")).status).toBe("cancelled");
});

describe("a stream that fails is an error in the SDK, never a short answer", () => {
  const opening = delta("sdk-3", "Hel");
  test.each([
    ["ends without [DONE]", streamOf(opening)],
    ["ends after a data line", streamOf(`${opening}${delta("x", "lo").slice(0, -1)}`)],
    ["ends within a CRLF", streamOf(`${opening}${delta("x", "lo").slice(0, -2)}\r`)],
    ["sends an error in data", streamOf(opening, 'data: {"error":{"message":"boom","code":500}}\n\n')],
    ["sends an error event", streamOf(opening, 'event: error\ndata: {"error":{"message":"boom"}}\n\n')],
    [
      "stalls",
      async (exchange: Parameters<typeof silence>[0]) => {
        await exchange.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(opening)]));
      },
    ],
  ])("when the engine %s", async (_how, script) => {
    pair.engine.script = script;
    const { text, error } = await streamed();
    expect(text).toMatch(/^Hel/);
    expect(error).toBeInstanceOf(APIError);
    expect(error).not.toBeInstanceOf(APIConnectionError);
  });

  test("when the engine breaks off within a line", async () => {
    pair.engine.script = streamOf(`${opening}data: {"id":"x","cho`);
    const { text, error } = await streamed();
    expect(text).toBe("Hel");
    expect(error).toBeInstanceOf(Error);
  });
});

test("errors have their status, code and param", async () => {
  const refused = async (status: number, body: string): Promise<APIError> => {
    pair.engine.script = answerWith(status, body);
    return (await client.chat.completions.create(request).catch((error: unknown) => error)) as APIError;
  };
  const body = { error: { message: "no", type: "invalid_request_error", param: "temperature", code: "bad_value" } };
  expect(await refused(400, JSON.stringify(body))).toMatchObject({
    status: 400,
    code: "bad_value",
    param: "temperature",
    type: "invalid_request_error",
  });
  expect(await refused(503, "")).toMatchObject({ status: 503, type: "upstream_error" });
  const stranger = new OpenAI({ apiKey: "wrong", baseURL: `${pair.gateway.url}/v1`, maxRetries: 0 });
  await expect(stranger.chat.completions.create(request)).rejects.toMatchObject({
    status: 401,
    code: "unauthenticated",
  });
});

test("the SDK retries what is worth retrying", async () => {
  let calls = 0;
  pair.engine.script = (exchange) =>
    ++calls === 1
      ? answerWith(503, "{}", { "retry-after": "0" })(exchange)
      : answerWith(200, chatAnswer("sdk-4", "second"))(exchange);
  const retrying = new OpenAI({ apiKey: TOKEN, baseURL: `${pair.gateway.url}/v1`, maxRetries: 1 });
  expect((await retrying.chat.completions.create(request)).choices[0]?.message.content).toBe("second");
  expect(calls).toBe(2);
});
