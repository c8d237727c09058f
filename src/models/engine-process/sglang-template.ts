import { TASKS, type Task } from "./engine-argument.ts";
import { type EngineCommandInput, type EngineTemplate, joined } from "./engine-command.ts";

/** SGLang's OpenAI server. */
export function sglangTemplate(program = "python3"): EngineTemplate {
  return {
    engine: "sglang",
    supports: new Set([
      "dtype",
      "quantization",
      "max_model_len",
      "gpu_memory_utilization",
      "max_num_seqs",
      "kv_cache_dtype",
      "reasoning_parser",
      "tool_call_parser",
    ]),
    tasks: new Set(TASKS),
    defaults: (task: Task) => ({
      dtype: "auto",
      max_model_len: task === "generate" ? "8192" : "32768",
      gpu_memory_utilization: task === "generate" ? "0.90" : "0.08",
      max_num_seqs: task === "generate" ? "256" : "4",
    }),
    command: (input) => ({ program, arguments: ["-m", "sglang.launch_server", ...options(input)] }),
  };
}

function options({ path, name, task, host, port, arguments: given }: EngineCommandInput): readonly string[] {
  return [
    ...joined("model-path", path),
    ...joined("served-model-name", name),
    ...joined("host", host),
    ...joined("port", port),
    ...joined("random-seed", 0),
    ...joined("tp-size", 1),
    ...(task === "generate" ? [] : ["--is-embedding"]),
    ...joined("dtype", given.dtype),
    ...joined("quantization", given.quantization),
    ...joined("context-length", given.max_model_len),
    ...joined("mem-fraction-static", given.gpu_memory_utilization),
    ...joined("max-running-requests", given.max_num_seqs),
    ...joined("kv-cache-dtype", given.kv_cache_dtype),
    ...joined("reasoning-parser", given.reasoning_parser),
    ...joined("tool-call-parser", given.tool_call_parser),
  ];
}
