import type { IneffectiveVariable, UnknownVariable } from "../config.ts";
import { ineffectiveNote, ineffectiveVariables } from "../ineffective-variables.ts";
import { secretFileNames, settingNames, type Variable } from "../setting.ts";
import { type SettingEntry, settingEntries } from "../settings.ts";
import type { Source } from "../source.ts";
import { suggest } from "../suggestion.ts";
import { quote, type Reading, ReadingBuilder } from "./assignment.ts";
import type { ReadFile } from "./read-file.ts";
import { assignSecretFile } from "./secret-file.ts";

/** Variables by name, as in `process.env`. An empty one counts as absent, as compose files leave them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that names the configuration file. */
export const configVariable = "COUNTERSIGN_CONFIG";

/** Names that are ours by their beginning: an unknown one is reported, since it is most likely a typing error. */
const ownPrefix = /^(?:COUNTERSIGN|VLLM_PROXY|RATE_LIMIT)_/;

/** A setting's variables, strongest first. A secret's variables have a `_FILE` twin each. */
export function settingVariables({ path, setting }: SettingEntry): readonly Variable<unknown>[] {
  return [{ name: settingNames(path).variable }, ...setting.variables];
}

/** Read by the simulated TEE alone, for tests of what a platform may do wrong. */
const SIMULATOR_FAULT = "COUNTERSIGN_SIMULATOR_FAULT";

/** Every variable this gateway knows. */
export const knownVariables: readonly string[] = [
  configVariable,
  SIMULATOR_FAULT,
  ...settingEntries.flatMap((entry) =>
    settingVariables(entry).flatMap(({ name }) =>
      entry.setting.kind.secret ? [name, secretFileVariable(name)] : [name],
    ),
  ),
  ...ineffectiveVariables.map(({ name }) => name),
];

/** What the environment says. */
export interface EnvironmentReading extends Reading {
  readonly notYetEffective: readonly IneffectiveVariable[];
  readonly unknownVariables: readonly UnknownVariable[];
}

/** Reads every known variable; of several for one setting the strongest counts, and all are checked. */
export function readEnvironment(env: Environment, readFile: ReadFile): EnvironmentReading {
  const reading = new ReadingBuilder();
  for (const entry of settingEntries) {
    if (entry.setting.kind.secret) readSecret(reading, entry, env, readFile);
    else for (const variable of settingVariables(entry).toReversed()) readVariable(reading, entry, variable, env);
  }
  const notYetEffective = readIneffective(reading, env);
  const unknownVariables = Object.keys(env)
    .filter((name) => ownPrefix.test(name) && given(env, name) !== undefined && !knownVariables.includes(name))
    .map((name) => ({ name, suggestion: suggest(name, knownVariables) }));
  return { assignments: reading.assignments, problems: reading.problems, notYetEffective, unknownVariables };
}

/** The value of a variable that is set to something. */
export function given(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}

function secretFileVariable(name: string): string {
  return secretFileNames({ key: "", flag: "", variable: name }).variable;
}

function readVariable(
  reading: ReadingBuilder,
  entry: SettingEntry,
  variable: Variable<unknown>,
  env: Environment,
): void {
  const { name, grammar } = variable;
  const text = given(env, name);
  if (text === undefined) return;
  const source: Source = { from: "environment", name };
  const { kind } = entry.setting;
  const parsed = grammar === undefined ? kind.fromText(text) : grammar.read(text);
  reading.assign(entry, { source, parsed, written: text, accepts: grammar?.accepts ?? kind.accepts });
}

function readSecret(reading: ReadingBuilder, entry: SettingEntry, env: Environment, readFile: ReadFile): void {
  for (const variable of settingVariables(entry).toReversed()) {
    const fileName = secretFileVariable(variable.name);
    const path = given(env, fileName);
    if (path !== undefined && given(env, variable.name) !== undefined) {
      const source: Source = { from: "environment", name: fileName };
      const { key } = settingNames(entry.path);
      const message = `${variable.name} and ${fileName} are both set; keep one of them.`;
      reading.refuse(entry.path, { code: "conflict", key, source, message });
    } else if (path !== undefined) {
      assignSecretFile(reading, entry, { from: "environment", name: fileName }, path, readFile);
    } else {
      readVariable(reading, entry, variable, env);
    }
  }
}

function readIneffective(reading: ReadingBuilder, env: Environment): readonly IneffectiveVariable[] {
  const warnings: IneffectiveVariable[] = [];
  for (const entry of ineffectiveVariables) {
    const { name, kind } = entry;
    const text = given(env, name);
    if (text === undefined) continue;
    const parsed = kind?.fromText(text);
    if (parsed !== undefined && "fault" in parsed) {
      const { code, reason } = parsed.fault;
      const message = `${quote(text)} ${reason}. Accepted: ${kind?.accepts ?? "text"}.`;
      reading.problems.push({ code, key: name, source: { from: "environment", name }, message });
    } else if (parsed === undefined || !("value" in parsed) || parsed.value !== false) {
      // Something switched off is what this version does anyway.
      warnings.push({ name, note: ineffectiveNote(entry) });
    }
  }
  return warnings;
}
