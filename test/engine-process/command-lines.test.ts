import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  customTemplate,
  type EngineArguments,
  type EngineTemplate,
  engineEnvironment,
  llamaCppTemplate,
  readArgument,
  sglangTemplate,
  type Task,
  vllmTemplate,
} from "../../src/models/engine-process/index.ts";

const at = { path: "/models/m", name: "org/m", host: "127.0.0.1", port: 9001 };

async function commandLine(template: EngineTemplate, task: Task, given: EngineArguments = {}, path = at.path) {
  const { program, arguments: words } = await template.command({
    ...at,
    path,
    task,
    arguments: { ...template.defaults(task, given), ...given },
  });
  return [program, ...words].join(" ");
}

describe("command lines", () => {
  it("of vLLM", async () => {
    expect(await commandLine(vllmTemplate(), "generate")).toBe(
      "vllm serve /models/m --served-model-name=org/m --host=127.0.0.1 --port=9001 --seed=0 --tensor-parallel-size=1 " +
        "--no-enable-log-requests --dtype=auto --max-model-len=8192 --gpu-memory-utilization=0.90 --max-num-seqs=256 " +
        "--no-enable-chunked-prefill --max-num-batched-tokens=16384",
    );
    const given = {
      max_model_len: "65536",
      enable_chunked_prefill: "true",
      tool_call_parser: "hermes",
      enable_auto_tool_choice: "true",
    };
    expect(await commandLine(vllmTemplate("/opt/vllm"), "generate", given)).toBe(
      "/opt/vllm serve /models/m --served-model-name=org/m --host=127.0.0.1 --port=9001 --seed=0 " +
        "--tensor-parallel-size=1 --no-enable-log-requests --dtype=auto --max-model-len=65536 " +
        "--gpu-memory-utilization=0.90 --max-num-seqs=256 --enable-chunked-prefill --max-num-batched-tokens=32768 " +
        "--tool-call-parser=hermes --enable-auto-tool-choice",
    );
    expect(await commandLine(vllmTemplate(), "rerank")).toBe(
      "vllm serve /models/m --served-model-name=org/m --host=127.0.0.1 --port=9001 --seed=0 --tensor-parallel-size=1 " +
        "--no-enable-log-requests --runner=pooling --convert=classify --dtype=auto --max-model-len=32768 " +
        "--gpu-memory-utilization=0.08 --max-num-seqs=4 --no-enable-chunked-prefill --max-num-batched-tokens=32768",
    );
  });

  it("of SGLang", async () => {
    expect(await commandLine(sglangTemplate(), "embed")).toBe(
      "python3 -m sglang.launch_server --model-path=/models/m --served-model-name=org/m --host=127.0.0.1 --port=9001 " +
        "--random-seed=0 --tp-size=1 --is-embedding --dtype=auto --context-length=32768 --mem-fraction-static=0.08 " +
        "--max-running-requests=4",
    );
  });

  it("of llama.cpp, for the one model in a directory", async () => {
    const path = mkdtempSync(join(tmpdir(), "countersign-gguf-"));
    try {
      await expect(commandLine(llamaCppTemplate(), "generate", {}, path)).rejects.toThrow("holds no GGUF file");
      for (const part of ["1", "2"]) writeFileSync(join(path, `m-0000${part}-of-00002.gguf`), "");
      expect(await commandLine(llamaCppTemplate(), "generate", { max_num_seqs: "2" }, path)).toBe(
        `llama-server --model ${path}/m-00001-of-00002.gguf --alias org/m --host 127.0.0.1 --port 9001 --seed 0 ` +
          "--ctx-size 16384 --parallel 2 --gpu-layers 999 --no-webui",
      );
      writeFileSync(join(path, "other.gguf"), "");
      await expect(commandLine(llamaCppTemplate(), "embed", {}, path)).rejects.toThrow("more than one GGUF model");
    } finally {
      rmSync(path, { recursive: true });
    }
  });

  it("of an operator's own: values are filled in once, and are never words of their own", async () => {
    const template = customTemplate(["run", "--at={host}:{port}", "{path}", "{arguments}", "--as={name}", "{task}"]);
    const { arguments: words } = await template.command({
      ...at,
      name: "{path} x",
      task: "embed",
      arguments: { dtype: "auto" },
    });
    expect(words).toEqual(["--at=127.0.0.1:9001", "/models/m", "--dtype=auto", "--as={path} x", "embed"]);
    expect(customTemplate(["run"]).supports.size).toBe(0);
  });
});

describe("arguments", () => {
  it.each([
    ["max_model_len", "4096", "4096"],
    ["max_model_len", "0004096", "4096"],
    ["max_model_len", "0", undefined],
    ["max_model_len", "1e3", undefined],
    ["max_model_len", "-1", undefined],
    ["gpu_memory_utilization", "0.9", "0.90"],
    ["gpu_memory_utilization", ".5", "0.50"],
    ["gpu_memory_utilization", "1", "1.00"],
    ["gpu_memory_utilization", "0", undefined],
    ["gpu_memory_utilization", "1.1", undefined],
    ["dtype", "bfloat16", "bfloat16"],
    ["dtype", "--host", undefined],
    ["dtype", "a b", undefined],
    ["dtype", "a/b", undefined],
    ["dtype", "", undefined],
    ["dtype", "a\nb", undefined],
    ["enable_prefix_caching", "true", "true"],
    ["enable_prefix_caching", "yes", undefined],
  ] as const)("%s %j is %j", (name, text, value) => {
    const read = readArgument(name, text);
    expect("value" in read ? read.value : undefined).toBe(value);
  });
});

it("gives an engine none of the gateway's secrets", () => {
  const environment = engineEnvironment(
    {
      PATH: "/bin",
      CUDA_VISIBLE_DEVICES: "0",
      LC_ALL: "C",
      TOKEN: "t",
      LOAD_TOKEN: "l",
      HF_TOKEN: "h",
      COUNTERSIGN_TOKENS: "c",
      AWS_SECRET_ACCESS_KEY: "a",
      PYTHONHASHSEED: "7",
    },
    "mark",
  );
  expect(environment).toMatchObject({ PATH: "/bin", CUDA_VISIBLE_DEVICES: "0", LC_ALL: "C", PYTHONHASHSEED: "0" });
  expect(environment["COUNTERSIGN_ENGINE_MARK"]).toBe("mark");
  expect(Object.keys(environment).filter((name) => /TOKEN|SECRET/.test(name))).toEqual([]);
});
