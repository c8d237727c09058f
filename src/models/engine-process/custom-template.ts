import type { EngineArgumentName } from "../../config/index.ts";
import { ARGUMENT_NAMES, TASKS } from "./engine-argument.ts";
import { type EngineTemplate, joined } from "./engine-command.ts";

/**
 * Any OpenAI-compatible server that answers `GET /health`, started by the operator's own command. Each word may hold
 * `{path}`, `{name}`, `{task}`, `{host}` and `{port}`; the word `{arguments}` stands for the load's arguments, each as
 * `--name=value`.
 */
export function customTemplate([program = "", ...words]: readonly string[]): EngineTemplate {
  const takesArguments = words.includes("{arguments}");
  return {
    engine: "custom",
    supports: new Set<EngineArgumentName>(takesArguments ? ARGUMENT_NAMES : []),
    tasks: new Set(TASKS),
    defaults: () => ({}),
    command({ path, name, task, host, port, arguments: given }) {
      const values: Readonly<Record<string, string>> = { path, name, task, host, port: String(port) };
      // One pass: a value that holds braces stays as it is.
      const fill = (word: string): string =>
        word.replace(/\{(path|name|task|host|port)\}/g, (_, key: string) => values[key] ?? "");
      const passed = ARGUMENT_NAMES.flatMap((key) => joined(key.replaceAll("_", "-"), given[key]));
      return { program, arguments: words.flatMap((word) => (word === "{arguments}" ? passed : [fill(word)])) };
    },
  };
}
