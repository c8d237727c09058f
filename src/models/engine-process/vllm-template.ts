import { ARGUMENT_NAMES, type EngineArguments, TASKS, type Task } from "./engine-argument.ts";
import { type EngineCommandInput, type EngineTemplate, joined, switched } from "./engine-command.ts";

/** Batched tokens a chunked prefill takes at once. Twice as many once ran out of memory. */
const CHUNKED_TOKENS = 32_768;
const LEAST_BATCHED_TOKENS = 16_384;

/** vLLM's OpenAI server: `vllm serve`. */
export function vllmTemplate(program = "vllm"): EngineTemplate {
  return {
    engine: "vllm",
    supports: new Set(ARGUMENT_NAMES),
    tasks: new Set(TASKS),
    defaults,
    command: (input) => ({ program, arguments: ["serve", input.path, ...options(input)] }),
  };
}

/** Embedding and reranking models share the accelerator with the model that generates. */
function defaults(task: Task, given: EngineArguments): EngineArguments {
  const pooling = task !== "generate";
  const length = given.max_model_len ?? (pooling ? "32768" : "8192");
  const chunked = given.enable_chunked_prefill === "true";
  return {
    dtype: "auto",
    max_model_len: length,
    gpu_memory_utilization: pooling ? "0.08" : "0.90",
    max_num_seqs: pooling ? "4" : "256",
    enable_chunked_prefill: "false",
    max_num_batched_tokens: String(chunked ? CHUNKED_TOKENS : Math.max(LEAST_BATCHED_TOKENS, Number(length))),
  };
}

function options({ name, task, host, port, arguments: given }: EngineCommandInput): readonly string[] {
  return [
    ...joined("served-model-name", name),
    ...joined("host", host),
    ...joined("port", port),
    ...joined("seed", 0),
    ...joined("tensor-parallel-size", 1),
    // Prompts must not reach a log.
    "--no-enable-log-requests",
    ...(task === "generate" ? [] : [...joined("runner", "pooling"), ...joined("convert", CONVERT[task])]),
    ...joined("dtype", given.dtype),
    ...joined("quantization", given.quantization),
    ...joined("max-model-len", given.max_model_len),
    ...joined("gpu-memory-utilization", given.gpu_memory_utilization),
    ...joined("max-num-seqs", given.max_num_seqs),
    ...switched("enable-chunked-prefill", given.enable_chunked_prefill),
    ...joined("max-num-batched-tokens", given.max_num_batched_tokens),
    ...switched("enable-prefix-caching", given.enable_prefix_caching),
    ...joined("kv-cache-dtype", given.kv_cache_dtype),
    ...joined("mamba-ssm-cache-dtype", given.mamba_ssm_cache_dtype),
    ...joined("max-cudagraph-capture-size", given.max_cudagraph_capture_size),
    ...joined("reasoning-parser", given.reasoning_parser),
    ...joined("tool-call-parser", given.tool_call_parser),
    ...(given.enable_auto_tool_choice === "true" ? ["--enable-auto-tool-choice"] : []),
  ];
}

const CONVERT = { embed: "embed", rerank: "classify" } as const;
