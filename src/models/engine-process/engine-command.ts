import type { EngineArgumentName } from "../../config/index.ts";
import type { EngineArguments, Task } from "./engine-argument.ts";

/** What a command line is made for. */
export interface EngineCommandInput {
  /** Canonical path of the model, absolute. */
  readonly path: string;
  /** Name callers use. */
  readonly name: string;
  readonly task: Task;
  readonly host: string;
  readonly port: number;
  /** Normalised; holds names the template supports, and no others. */
  readonly arguments: EngineArguments;
}

/** A program and its argument vector. No shell reads it. */
export interface EngineCommand {
  readonly program: string;
  readonly arguments: readonly string[];
}

/** How one kind of engine is started. */
export interface EngineTemplate {
  /** For people and for status. */
  readonly engine: string;
  /** Arguments a load may set. */
  readonly supports: ReadonlySet<EngineArgumentName>;
  readonly tasks: ReadonlySet<Task>;
  /** What a load that leaves an argument out gets, so that two loads that mean the same are the same. */
  readonly defaults: (task: Task, given: EngineArguments) => EngineArguments;
  /** Throws EngineCommandError if the model does not suit the engine. */
  readonly command: (input: EngineCommandInput) => EngineCommand | Promise<EngineCommand>;
}

/** A model an engine cannot be started for. The message holds no path. */
export class EngineCommandError extends Error {
  override readonly name = "EngineCommandError";
}

/** `--name=value`: a value cannot be taken for another argument, whatever it begins with. */
export function joined(name: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

/** `--name` or `--no-name`; nothing when the load leaves it to the engine. */
export function switched(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value === "true" ? `--${name}` : `--no-${name}`];
}
