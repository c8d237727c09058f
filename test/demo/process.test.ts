import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, HELP, OptionsError, readOptions } from "../../src/demo/options.ts";
import { metric, postJson, user } from "./demo-client.ts";

const MAIN = fileURLToPath(new URL("../../src/demo/main.ts", import.meta.url));
const children: ChildProcess[] = [];

function launch(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  children.push(child);
  return child;
}

async function ready(child: ReturnType<typeof launch>): Promise<{ listening: string; model: string }> {
  for await (const line of createInterface({ input: child.stdout }))
    return JSON.parse(line) as { listening: string; model: string };
  throw new Error("the process ended before it was ready");
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

describe("the demo engine as a process", () => {
  test("prints where it listens, answers, and ends with 0 on SIGTERM even while it generates", async () => {
    const child = launch(["--port", "0", "--model", "tiny", "--tokens-per-second", "1"], { DEMO_FIRST_TOKEN_MS: "0" });
    const { listening, model } = await ready(child);
    expect(listening).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(model).toBe("tiny");
    const { data } = (await (await fetch(`${listening}/v1/models`)).json()) as { data: object[] };
    expect(data).toEqual([expect.objectContaining({ id: "tiny", owned_by: "countersign-demo", max_model_len: 32768 })]);
    const answer = postJson(listening, "/v1/chat/completions", {
      messages: user("Tell me about the sea"),
      stream: true,
    });
    answer.catch(() => undefined);
    await expect.poll(() => metric(listening, "countersign_demo_requests_running")).toBe(1);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    await expect(answer).rejects.toThrow();
  });

  test("ends when its parent goes away, if told to", async () => {
    const child = launch(["--exit-with-parent"]);
    await ready(child);
    child.stdin.end();
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  test("explains itself, and refuses options it does not know", async () => {
    const help = launch(["--help"]);
    let text = "";
    help.stdout.on("data", (chunk) => {
      text += String(chunk);
    });
    expect(await once(help, "close")).toEqual([0, null]);
    expect(text).toBe(HELP);
    expect(await once(launch(["--speed", "9"]), "exit")).toEqual([2, null]);
  });
});

describe("options", () => {
  test("flags override the environment, which overrides the defaults", () => {
    expect(readOptions([], {})).toEqual(DEFAULT_OPTIONS);
    expect(readOptions([], { DEMO_TOKENS_PER_SECOND: "5", DEMO_SEED: "-3", DEMO_EXIT_WITH_PARENT: "1" })).toEqual({
      ...DEFAULT_OPTIONS,
      tokensPerSecond: 5,
      seed: -3,
      exitWithParent: true,
    });
    expect(readOptions(["--tokens-per-second", "7.5"], { DEMO_TOKENS_PER_SECOND: "5" })).toMatchObject({
      tokensPerSecond: 7.5,
    });
  });

  test.each([
    [["--port", "70000"], {}, /--port must be a whole number from 0 to 65535/],
    [["--port", "1.5"], {}, /--port/],
    [[], { DEMO_MAX_MODEL_LEN: "many" }, /DEMO_MAX_MODEL_LEN/],
    [["--model", "a b"], {}, /--model/],
    [["extra"], {}, /extra/],
  ])("refuses %o %o", (args, environment, message) => {
    expect(() => readOptions(args, environment)).toThrow(OptionsError);
    expect(() => readOptions(args, environment)).toThrow(message);
  });

  test("the help names every option", () => {
    for (const flag of [
      "port",
      "model",
      "tokens-per-second",
      "first-token-ms",
      "seed",
      "max-model-len",
      "embedding-dimensions",
      "loading-ms",
      "max-body-bytes",
      "exit-with-parent",
    ]) {
      expect(HELP).toContain(`--${flag}`);
      expect(HELP).toContain(`DEMO_${flag.replaceAll("-", "_").toUpperCase()}`);
    }
  });
});
