import { boolean } from "../kinds/index.ts";
import { secretFileNames, settingNames } from "../setting.ts";
import { type SettingEntry, settingEntries } from "../settings.ts";
import type { Source } from "../source.ts";
import { didYouMean } from "../suggestion.ts";
import { quoteName, type Reading, ReadingBuilder } from "./assignment.ts";
import type { ReadFile } from "./read-file.ts";
import { assignSecretFile } from "./secret-file.ts";

/** The flag that names the configuration file. */
export const configFlag = "--config";

interface Target {
  readonly entry: SettingEntry;
  readonly gives: "value" | "secretFile" | "exposedSecret";
}

const targets = new Map<string, Target>();
for (const entry of settingEntries) {
  const names = settingNames(entry.path);
  const { secret } = entry.setting.kind;
  targets.set(names.flag, { entry, gives: secret ? "exposedSecret" : "value" });
  if (secret) targets.set(secretFileNames(names).flag, { entry, gives: "secretFile" });
}
const knownFlags = [
  configFlag,
  ...[...targets].filter(([, { gives }]) => gives !== "exposedSecret").map(([name]) => name),
];

/** What the command line says. */
export interface FlagReading extends Reading {
  /** Value of `--config`, if given. */
  readonly configPath: string | undefined;
}

/**
 * Reads `--name value` and `--name=value`; a flag of yes or no may stand alone for yes. A value that begins with two
 * hyphens needs the form with `=`.
 */
export function readFlags(argv: readonly string[], readFile: ReadFile): FlagReading {
  const reading = new ReadingBuilder();
  const seen = new Set<string>();
  let configPath: string | undefined;
  for (const { name, value, position } of splitArguments(argv)) {
    const source: Source = { from: "flag", name };
    const problem = (code: "unknown_key" | "duplicate" | "missing_value", message: string) =>
      void reading.problems.push({ code, key: quoteName(name), source: undefined, message });
    const target = targets.get(name);
    if (!name.startsWith("--")) {
      // Not repeated: it may be a secret that lost its flag.
      reading.problems.push({
        code: "unknown_key",
        key: `argument ${position}`,
        source: undefined,
        message: "this does not belong to a flag. Flags are written --name value or --name=value.",
      });
    } else if (name !== configFlag && target === undefined) {
      problem("unknown_key", `there is no such flag.${didYouMean(name, knownFlags)}`);
    } else if (seen.has(name)) {
      problem("duplicate", "the flag is given twice. A list is written as one value, separated by commas.");
    } else if (target === undefined) {
      if (value === undefined || value === "") problem("missing_value", "the flag needs a path.");
      else configPath = value;
    } else {
      readTarget(reading, target, value, source, readFile);
    }
    seen.add(name);
  }
  return { assignments: reading.assignments, problems: reading.problems, configPath };
}

function readTarget(
  reading: ReadingBuilder,
  { entry, gives }: Target,
  value: string | undefined,
  source: Source,
  readFile: ReadFile,
): void {
  const { path, setting } = entry;
  const names = settingNames(path);
  const text = value ?? (setting.kind === boolean ? "true" : undefined);
  if (gives === "exposedSecret") {
    const message = `every process on this machine can read a command line. Use ${secretFileNames(names).flag} or an environment variable.`;
    reading.refuse(path, { code: "secret_exposed", key: names.key, source, message });
  } else if (text === undefined) {
    const message = `the flag needs a value. Accepted: ${setting.kind.accepts}.`;
    reading.refuse(path, { code: "missing_value", key: names.key, source, message });
  } else if (gives === "secretFile") {
    assignSecretFile(reading, entry, source, text, readFile);
  } else {
    reading.assign(entry, { source, parsed: setting.kind.fromText(text), written: text });
  }
}

interface Argument {
  /** Up to the first `=`. Without leading hyphens, it is a stray argument. */
  readonly name: string;
  readonly value: string | undefined;
  /** From 1. */
  readonly position: number;
}

function splitArguments(argv: readonly string[]): readonly Argument[] {
  const found: Argument[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? "";
    const position = index + 1;
    const next = argv[index + 1];
    const equals = argument.indexOf("=");
    if (argument.startsWith("--") && equals !== -1) {
      found.push({ name: argument.slice(0, equals), value: argument.slice(equals + 1), position });
    } else if (argument.startsWith("--") && next !== undefined && !next.startsWith("--")) {
      found.push({ name: argument, value: next, position });
      index += 1;
    } else {
      found.push({ name: argument, value: undefined, position });
    }
  }
  return found;
}
