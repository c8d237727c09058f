import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoServer } from "../../src/demo/index.ts";
import { postJson, startFast, user } from "./demo-client.ts";

let server: DemoServer;
beforeAll(async () => {
  server = await startFast();
});
afterAll(() => server.close());

async function say(messages: unknown, options: object = {}): Promise<string> {
  const answer = await postJson<{ choices: { message: { content: string } }[] }>(server.url, "/v1/chat/completions", {
    messages,
    ...options,
  });
  return answer.choices[0]?.message.content ?? "";
}

describe("what the demo model says", () => {
  test.each([
    ["What is 12 * 7?", "84"],
    ["2+2", "4"],
    ["what's 17 plus 25", "42"],
    ["What is (3 + 4) * -2?", "-14"],
    ["15% of 80", "12"],
    ["What is the square root of 144?", "12"],
    ["1,000 - 1", "999"],
    ["What is two times three?", "6"],
    ["What is 2 ^ 3 ^ 2?", "512"],
  ])("sums: %s", async (question, result) => {
    expect(await say(user(question))).toMatch(new RegExp(`(?:^|[^\\d.-])${result}\\.?$`));
  });

  test("division by zero is no sum", async () => {
    expect(await say(user("What is 1 / 0?"))).not.toMatch(/Infinity|NaN/);
  });

  test.each([
    ["repeat after me: the quick brown fox", "the quick brown fox"],
    ['Say "this is a test"', "this is a test"],
    ["Reply with exactly: OK", "OK"],
    ["repeat after me: two lines\n  kept as they are", "two lines\n  kept as they are"],
  ])("echoes: %s", async (request, said) => {
    expect(await say(user(request))).toBe(said);
  });

  test("writes as many list entries as asked for, all different", async () => {
    const lines = (await say(user("List 7 facts about the sea"))).split("\n").filter((line) => /^\d+\. /.test(line));
    expect(lines).toHaveLength(7);
    expect(new Set(lines.map((line) => line.replace(/^\d+\. /, ""))).size).toBe(7);
  });

  test("writes a fenced block in the language asked for", async () => {
    expect(await say(user("Write a python function for fibonacci"))).toMatch(/```python\n[^`]*def fibonacci[^`]*\n```/);
    expect(await say(user("Write hello world in Rust"))).toMatch(/```rust\n[^`]*println![^`]*\n```/);
  });

  test("greets shortly, counts, knows a capital, and says what it is", async () => {
    expect((await say(user("Hello!"))).length).toBeLessThan(80);
    expect(await say(user("Count from 3 to 6"))).toBe("3, 4, 5, 6");
    expect(await say(user("What is the capital of France?"))).toContain("Paris");
    expect(await say(user("Who are you?"))).toMatch(/demo/i);
  });

  test("speaks of what it is asked about, and of the earlier subject on a follow-up", async () => {
    for (let seed = 0; seed < 5; seed += 1) {
      expect(await say(user("Explain quantum chromodynamics"), { seed })).toMatch(/quantum chromodynamics/i);
    }
    const more = [
      ...user("Tell me about bees"),
      { role: "assistant", content: "Bees dance." },
      ...user("Tell me more"),
    ];
    expect(await say(more)).toMatch(/bee|hon(?:ey|eybee)|hive|colony|comb|worker/i);
  });

  test("remembers a name from earlier in the conversation", async () => {
    const history = [
      ...user("Hi, my name is Ishaan"),
      { role: "assistant", content: "Hello!" },
      ...user("What is my name?"),
    ];
    expect(await say(history)).toContain("Ishaan");
  });

  test("answers from a tool result", async () => {
    const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Oslo"}' } };
    const history = [
      ...user("What is the weather in Oslo?"),
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: '{"temperatureCelsius": -4, "sky": "clear"}' },
    ];
    const text = await say(history);
    expect(text).toContain("get_weather");
    expect(text).toContain("temperature celsius: -4");
    expect(text).toContain("sky: clear");
  });

  test("no sentence is repeated within an answer, and no slot or brace is left over", async () => {
    for (const question of [
      "Write a long essay about space",
      "Tell me about juggling",
      "Write a poem about trains",
      "Write a story",
      "cats vs dogs",
      "How do I bake bread?",
    ]) {
      const text = await say(user(question));
      expect(text).not.toMatch(/[{}|]|undefined/);
      const sentences = text.split(/(?<=[.!?])\s+/).filter((sentence) => sentence.length > 25);
      expect(new Set(sentences).size).toBe(sentences.length);
    }
  });
});
