import { fileURLToPath } from "node:url";
import { TASKS } from "./engine-argument.ts";
import { type EngineTemplate, joined } from "./engine-command.ts";

/** The built-in demo engine. It answers for any model and opens none of its files. */
export function demoTemplate(): EngineTemplate {
  return {
    engine: "demo",
    supports: new Set(["max_model_len"]),
    tasks: new Set(TASKS),
    defaults: () => ({ max_model_len: "32768" }),
    command: ({ name, port, arguments: given }) => ({
      program: process.execPath,
      arguments: [
        fileURLToPath(new URL("../../demo/main.ts", import.meta.url)),
        "--exit-with-parent",
        ...joined("port", port),
        ...joined("model", name),
        ...joined("max-model-len", given.max_model_len),
      ],
    }),
  };
}
