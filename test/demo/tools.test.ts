import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoServer } from "../../src/demo/index.ts";
import { post, postJson, startFast, streamChat, user } from "./demo-client.ts";

interface Answer {
  readonly choices: readonly {
    readonly message: {
      readonly content: string | null;
      readonly tool_calls?: readonly { id: string; type: string; function: { name: string; arguments: string } }[];
    };
    readonly finish_reason: string;
  }[];
}

let server: DemoServer;
beforeAll(async () => {
  server = await startFast();
});
afterAll(() => server.close());

const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Get the current weather of a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, unit: { type: "string", enum: ["celsius", "fahrenheit"] } },
      required: ["city", "unit"],
      additionalProperties: false,
    },
  },
};
const calculator = {
  type: "function",
  function: {
    name: "calculate",
    description: "Evaluate arithmetic",
    parameters: { type: "object", properties: { expression: { type: "string" } }, required: ["expression"] },
  },
};

async function calls(body: object) {
  const answer = await postJson<Answer>(server.url, "/v1/chat/completions", body);
  const choice = answer.choices[0];
  const made = choice?.message.tool_calls?.map((call) => ({
    name: call.function.name,
    arguments: JSON.parse(call.function.arguments) as unknown,
  }));
  return { finish: choice?.finish_reason, content: choice?.message.content, made: made ?? [] };
}

describe("tool calls", () => {
  test("auto calls the matching tool with arguments from the message", async () => {
    const { made, finish, content } = await calls({
      messages: user("What's the weather in Paris in fahrenheit?"),
      tools: [calculator, weather],
    });
    expect(made).toEqual([{ name: "get_weather", arguments: { city: "Paris", unit: "fahrenheit" } }]);
    expect(finish).toBe("tool_calls");
    expect(content).toBeNull();
    expect((await calls({ messages: user("What is 12 * 7?"), tools: [calculator, weather] })).made).toEqual([
      { name: "calculate", arguments: { expression: "12 * 7" } },
    ]);
  });

  test("auto answers in words when nothing matches, none always does", async () => {
    expect((await calls({ messages: user("Write a poem about trains"), tools: [weather] })).made).toEqual([]);
    const none = await calls({ messages: user("What's the weather in Paris?"), tools: [weather], tool_choice: "none" });
    expect(none).toMatchObject({ made: [], finish: "stop" });
  });

  test("required and named calls happen whatever the message", async () => {
    const required = await calls({ messages: user("Hello"), tools: [weather], tool_choice: "required" });
    expect(required).toMatchObject({ finish: "tool_calls", made: [{ name: "get_weather" }] });
    const named = await calls({
      messages: user("Hello"),
      tools: [weather, calculator],
      tool_choice: { type: "function", function: { name: "calculate" } },
    });
    expect(named.made.map(({ name }) => name)).toEqual(["calculate"]);
  });

  test("calls once per place in parallel, and once without parallel_tool_calls", async () => {
    const body = { messages: user("Compare the weather in Paris, Rome and New York"), tools: [weather] };
    expect((await calls(body)).made.map((call) => (call.arguments as { city: string }).city)).toEqual([
      "Paris",
      "Rome",
      "New York",
    ]);
    expect((await calls({ ...body, parallel_tool_calls: false })).made).toHaveLength(1);
  });

  test("streams a head with id and name, then fragments that join to JSON", async () => {
    const chunks = await streamChat(server.url, {
      messages: user("The weather in Paris and Rome, please"),
      tools: [weather],
    });
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    for (const index of [0, 1]) {
      const own = deltas.filter((delta) => delta.index === index);
      expect(own[0]).toMatchObject({
        id: expect.stringMatching(/^chatcmpl-tool-/),
        function: { name: "get_weather", arguments: "" },
      });
      expect(own.length).toBeGreaterThan(4);
      expect(own.slice(1).every((delta) => delta.id === undefined && delta.function.name === undefined)).toBe(true);
      expect(JSON.parse(own.map((delta) => delta.function.arguments ?? "").join(""))).toMatchObject({
        city: ["Paris", "Rome"][index],
      });
    }
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("tool_calls");
  });

  test("thinks before it calls", async () => {
    const chunks = await streamChat(server.url, {
      messages: user("The weather in Paris?"),
      tools: [weather],
      reasoning_effort: "low",
    });
    const kinds = chunks.flatMap(({ choices }) => Object.keys(choices[0]?.delta ?? {}));
    expect(kinds.indexOf("reasoning_content")).toBeGreaterThan(-1);
    expect(kinds.lastIndexOf("reasoning_content")).toBeLessThan(kinds.indexOf("tool_calls"));
  });

  test.each([
    [{ tools: [{ type: "function", function: {} }] }, "tools[0].function.name"],
    [{ tools: [{ type: "retrieval" }] }, "tools[0].type"],
    [{ tools: {} }, "tools"],
    [{ tools: [weather], tool_choice: { type: "function", function: { name: "other" } } }, "tool_choice"],
    [{ tool_choice: "required" }, "tool_choice"],
  ])("refuses %o", async (fields, param) => {
    const response = await post(server.url, "/v1/chat/completions", { messages: user("Hi"), ...fields });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "BadRequestError", param, code: 400 } });
  });
});

describe("response_format", () => {
  const content = async (body: object) => {
    const answer = await postJson<Answer>(server.url, "/v1/chat/completions", body);
    return JSON.parse(answer.choices[0]?.message.content ?? "") as Record<string, unknown>;
  };

  test("json_object answers with the keys that were asked for", async () => {
    const value = await content({
      messages: user("Invent a cat, as JSON with the keys name, age and colour."),
      response_format: { type: "json_object" },
    });
    expect(Object.keys(value)).toEqual(["name", "age", "colour"]);
    expect(Number.isInteger(value.age)).toBe(true);
  });

  test("json_schema answers to the schema", async () => {
    const schema = {
      type: "object",
      properties: { steps: { type: "array", items: { type: "string" }, minItems: 2 }, done: { type: "boolean" } },
      required: ["steps", "done"],
    };
    const value = await content({
      messages: user("Plan a garden"),
      response_format: { type: "json_schema", json_schema: { name: "plan", schema } },
    });
    expect(Object.keys(value).toSorted()).toEqual(["done", "steps"]);
    expect((value.steps as unknown[]).length).toBeGreaterThanOrEqual(2);
    expect(typeof value.done).toBe("boolean");
  });

  test("refuses formats and schemas that it cannot honour", async () => {
    const params = [];
    for (const response_format of [
      { type: "grammar" },
      { type: "json_schema" },
      {
        type: "json_schema",
        json_schema: { schema: { type: "object", properties: { a: { not: {} } }, required: ["a"] } },
      },
    ]) {
      const response = await post(server.url, "/v1/chat/completions", { messages: user("Hi"), response_format });
      expect(response.status).toBe(400);
      params.push(((await response.json()) as { error: { param: string } }).error.param);
    }
    expect(params).toEqual([
      "response_format.type",
      "response_format.json_schema.schema",
      "response_format.json_schema.schema",
    ]);
  });
});
