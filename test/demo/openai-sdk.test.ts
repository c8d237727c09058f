import OpenAI, { APIError, NotFoundError } from "openai";
import { standardResponseFormat } from "openai/helpers/standard-schema";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoServer } from "../../src/demo/index.ts";
import { startFast } from "./demo-client.ts";

let server: DemoServer;
let client: OpenAI;
beforeAll(async () => {
  server = await startFast();
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "unused", maxRetries: 0 });
});
afterAll(() => server.close());

interface Animal {
  readonly name: string;
  readonly legs: number;
  readonly habitat: string;
}

const ask = (content: string) => ({ model: "demo", messages: [{ role: "user" as const, content }] });

describe("with the OpenAI SDK", () => {
  test("models, whole answers and streams", async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["demo"]);
    const whole = await client.chat.completions.create({ ...ask("Tell me about tea"), seed: 1 });
    expect(whole.system_fingerprint).toBe("countersign-demo");
    const stream = await client.chat.completions.create({ ...ask("Tell me about tea"), seed: 1, stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe(whole.choices[0]?.message.content);
  });

  test("the stream helper assembles content, log-probabilities and usage", async () => {
    const runner = client.chat.completions.stream({
      ...ask("Tell me about trees"),
      logprobs: true,
      top_logprobs: 2,
      stream_options: { include_usage: true },
    });
    const final = await runner.finalChatCompletion();
    expect(final.choices[0]?.finish_reason).toBe("stop");
    expect(final.choices[0]?.logprobs?.content?.map(({ token }) => token).join("")).toBe(
      final.choices[0]?.message.content,
    );
    expect(final.usage?.completion_tokens).toBe(final.choices[0]?.logprobs?.content?.length);
  });

  test("runTools calls the function and answers from its result, streamed and not", async () => {
    const seen: unknown[] = [];
    const tools = [
      {
        type: "function" as const,
        function: {
          name: "get_weather",
          description: "The weather of a city",
          parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
          parse: JSON.parse,
          function: (parsed: unknown) => {
            seen.push(parsed);
            return { sky: "overcast", celsius: 11 };
          },
        },
      },
    ];
    const plain = client.chat.completions.runTools({ ...ask("What is the weather in Oslo?"), tools });
    expect(await plain.finalContent()).toMatch(/overcast.*11/s);
    const streamed = client.chat.completions.runTools({ ...ask("What is the weather in Oslo?"), tools, stream: true });
    expect(await streamed.finalContent()).toMatch(/overcast.*11/s);
    expect(seen).toEqual([{ city: "Oslo" }, { city: "Oslo" }]);
  });

  test("parse accepts an answer to a strict JSON schema", async () => {
    const schema = {
      type: "object",
      properties: {
        name: { type: "string" },
        legs: { type: "integer", minimum: 2, maximum: 8 },
        habitat: { type: "string", enum: ["sea", "land", "air"] },
      },
      required: ["name", "legs", "habitat"],
      additionalProperties: false,
    };
    const isAnimal = (value: unknown): value is Animal =>
      typeof value === "object" && value !== null && "legs" in value && Number.isInteger(value.legs);
    const standard = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (value: unknown) => (isAnimal(value) ? { value } : { issues: [{ message: "not an animal" }] }),
      },
    };
    const { choices } = await client.chat.completions.parse({
      ...ask("Describe an animal"),
      response_format: standardResponseFormat(standard, "animal", { schema }),
    });
    const animal = choices[0]?.message.parsed as Animal | null | undefined;
    expect(Object.keys(animal ?? {})).toEqual(["name", "legs", "habitat"]);
    expect(animal?.legs).toBeGreaterThanOrEqual(2);
    expect(["sea", "land", "air"]).toContain(animal?.habitat);
  });

  test("embeddings arrive as floats though the SDK asks for base64", async () => {
    const { data } = await client.embeddings.create({ model: "demo", input: ["a cat", "a dog"] });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([256, 256]);
    expect(data[0]?.embedding.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5);
  });

  test("completions", async () => {
    const { choices } = await client.completions.create({
      model: "demo",
      prompt: "The capital of Japan is",
      max_tokens: 1,
    });
    expect(choices[0]?.text).toBe(" Tokyo");
  });

  test("errors become the SDK's errors", async () => {
    await expect(client.chat.completions.create({ ...ask("Hi"), model: "other" })).rejects.toBeInstanceOf(
      NotFoundError,
    );
    const failure = await client.chat.completions
      .create({ ...ask("Hi"), temperature: 9 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(APIError);
    expect(failure).toMatchObject({ status: 400, param: "temperature", type: "BadRequestError" });
  });
});
