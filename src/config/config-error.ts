import { describeSource, type Source } from "./source.ts";

/**
 * What was wrong.
 * - `simulation_in_production`: production is asked for together with evidence that no hardware makes.
 * - `file_unreadable`: a file is missing, not a regular file, too large, or not UTF-8.
 * - `file_syntax`: the configuration file is not the plain YAML this gateway reads.
 * - `unknown_key`: a key, flag or argument that does not exist.
 * - `duplicate`: one key or flag given twice.
 * - `missing_value`: a required setting, or a flag's value, is absent.
 * - `invalid_value`: a value the setting cannot take.
 * - `out_of_range`: a number, size or duration beyond the setting's bounds.
 * - `conflict`: two values that cannot both hold.
 * - `own_listener`: an engine's address is this gateway's own.
 * - `secret_exposed`: a secret where other processes can read it.
 */
export type ConfigErrorCode =
  | "simulation_in_production"
  | "file_unreadable"
  | "file_syntax"
  | "unknown_key"
  | "duplicate"
  | "missing_value"
  | "invalid_value"
  | "out_of_range"
  | "conflict"
  | "own_listener"
  | "secret_exposed";

/** One thing wrong. Never holds a secret. */
export interface ConfigProblem {
  readonly code: ConfigErrorCode;
  /** The setting's key, or the unknown key, flag or file as it was written. */
  readonly key: string;
  /** Where the value came from; undefined when there is no value. */
  readonly source: Source | undefined;
  /** What is wrong and what would fix it. */
  readonly message: string;
}

/** Everything wrong with a configuration, found in one pass. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Code of the first problem; `simulation_in_production` comes first when it is among them. */
  readonly code: ConfigErrorCode;
  /** At least one. */
  readonly problems: readonly ConfigProblem[];

  constructor(first: ConfigProblem, ...others: readonly ConfigProblem[]) {
    const problems = [first, ...others];
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`The configuration has ${count}:\n${problems.map((problem) => `  ${describeProblem(problem)}`).join("\n")}`);
    this.code = first.code;
    this.problems = Object.freeze(problems);
  }
}

function describeProblem({ key, source, message }: ConfigProblem): string {
  return source === undefined ? `${key}: ${message}` : `${key}: ${message} [${describeSource(source)}]`;
}
