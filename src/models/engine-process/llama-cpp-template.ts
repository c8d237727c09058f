import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { TASKS } from "./engine-argument.ts";
import { EngineCommandError, type EngineCommandInput, type EngineTemplate } from "./engine-command.ts";

/** Number of a part in a model that is split over several files. */
const PART = /-(\d{5})-of-\d{5}\.gguf$/;

/** llama.cpp's `llama-server`, for a directory that holds one GGUF model, in one file or split. */
export function llamaCppTemplate(program = "llama-server"): EngineTemplate {
  return {
    engine: "llama.cpp",
    supports: new Set(["max_model_len", "max_num_seqs"]),
    tasks: new Set(TASKS),
    defaults: (task) => ({
      max_model_len: task === "generate" ? "8192" : "32768",
      max_num_seqs: task === "generate" ? "16" : "4",
    }),
    async command(input) {
      const file = await modelFile(input.path);
      return { program, arguments: options(input, join(input.path, file)) };
    },
  };
}

/** Values stand apart from their names, as this program wants them: none begins with a hyphen. */
function options({ name, task, host, port, arguments: given }: EngineCommandInput, file: string): readonly string[] {
  // The program divides its context among its slots.
  const slots = Number(given.max_num_seqs);
  const context = Number(given.max_model_len) * slots;
  return [
    ...["--model", file],
    ...["--alias", name],
    ...["--host", host],
    ...["--port", String(port)],
    ...["--seed", "0"],
    ...["--ctx-size", String(context)],
    ...["--parallel", String(slots)],
    ...["--gpu-layers", "999"],
    "--no-webui",
    ...(task === "embed" ? ["--embedding"] : []),
    ...(task === "rerank" ? ["--reranking"] : []),
  ];
}

/** The one model in a directory: its file, or the first of its parts. */
async function modelFile(path: string): Promise<string> {
  const names = (await readdir(path)).filter((name) => name.endsWith(".gguf") && !name.startsWith("-"));
  const first = names.filter((name) => Number(PART.exec(name)?.[1] ?? 1) === 1);
  const [file] = first;
  if (file === undefined) throw new EngineCommandError("the model's directory holds no GGUF file");
  if (first.length > 1) throw new EngineCommandError("the model's directory holds more than one GGUF model");
  return file;
}
