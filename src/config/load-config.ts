import type { Config, Mode, SettingPath, Settings } from "./config.ts";
import { ConfigError, type ConfigProblem } from "./config-error.ts";
import { type OwnAddresses, systemAddresses } from "./own-listener.ts";
import { rules } from "./rules.ts";
import { defaultIn, settingNames } from "./setting.ts";
import { settingEntries, settings as table } from "./settings.ts";
import type { Source } from "./source.ts";
import type { Assignment } from "./sources/assignment.ts";
import { type FileReading, readConfigFile } from "./sources/config-file.ts";
import { configVariable, type Environment, given, readEnvironment, settingVariables } from "./sources/environment.ts";
import { configFlag, readFlags } from "./sources/flags.ts";
import { type ReadFile, readBoundedFile } from "./sources/read-file.ts";

/** Everything the configuration is made from. */
export interface ConfigInput {
  /** The environment, as in `process.env`. */
  readonly env: Environment;
  /** The flags alone, without program and command. */
  readonly argv: readonly string[];
  /** Reads the configuration file and secret files. Default: the file system. */
  readonly readFile?: ReadFile;
  /** This machine's addresses and names. Default: the operating system's answer. */
  readonly ownAddresses?: OwnAddresses;
}

/**
 * Makes the effective configuration: defaults, overridden by the configuration file, the environment, and the flags.
 * @throws {ConfigError} with every problem found; nothing is half applied
 */
export function loadConfig(input: ConfigInput): Config {
  const { env, argv, readFile = readBoundedFile, ownAddresses = systemAddresses } = input;
  const flags = readFlags(argv, readFile);
  const environment = readEnvironment(env, readFile);
  const file = readNamedFile(flags.configPath, env, readFile);
  const readings = [file, environment, flags];
  const assignments = readings.flatMap((reading) => reading.assignments);
  const values = strongest(assignments);
  const mode = values.get("mode")?.value ?? derivedMode(assignments);
  const missing = fillDefaults(values, mode as Mode, new Set(assignments.map(({ path }) => path)));
  const settings = assemble(values);

  const broken = [...assignments.filter(({ parsed }) => "fault" in parsed), ...missing].map(({ path }) => path);
  // A file that could not be read as a whole may hold what seems to be missing or in conflict.
  const conclusions = file.complete ? [...missing, ...applyRules(settings, values, new Set(broken), ownAddresses)] : [];
  throwAny([...readings.flatMap((reading) => reading.problems), ...conclusions.map(({ problem }) => problem)]);

  const sources = Object.fromEntries([...values].map(([path, { source }]) => [path, source]));
  return deepFreeze({
    ...settings,
    sources: sources as Record<SettingPath, Source>,
    notYetEffective: environment.notYetEffective,
    unknownVariables: environment.unknownVariables,
  });
}

interface SourcedValue {
  readonly value: unknown;
  readonly source: Source;
}
type Values = Map<SettingPath, SourcedValue>;

function readNamedFile(flag: string | undefined, env: Environment, readFile: ReadFile): FileReading {
  const variable = given(env, configVariable);
  if (flag !== undefined) return readConfigFile(flag, { from: "flag", name: configFlag }, readFile);
  if (variable !== undefined) return readConfigFile(variable, { from: "environment", name: configVariable }, readFile);
  return { assignments: [], problems: [], complete: true };
}

/** The last value of each setting; assignments come from weakest to strongest. */
function strongest(assignments: readonly Assignment[]): Values {
  const values: Values = new Map();
  for (const { path, source, parsed } of assignments) {
    if ("value" in parsed) values.set(path, { value: parsed.value, source });
    else if ("reset" in parsed) values.delete(path);
  }
  return values;
}

/** An engine that is configured, even wrongly, means that this is not the demo. */
function derivedMode(assignments: readonly Assignment[]): Mode {
  return assignments.some(({ path }) => table[path].concernsEngine) ? "production" : "demo";
}

/** Something wrong with a setting that no single source shows. */
interface Conclusion {
  readonly path: SettingPath;
  readonly problem: ConfigProblem;
}

/** Adds defaults, and reports the settings that have none and were not even attempted. */
function fillDefaults(values: Values, mode: Mode, attempted: ReadonlySet<SettingPath>): readonly Conclusion[] {
  const missing: Conclusion[] = [];
  for (const entry of settingEntries) {
    const { path, setting } = entry;
    if (values.has(path)) continue;
    const fallback = path === "mode" ? { value: mode } : defaultIn(mode, setting.default);
    if (fallback !== undefined) {
      values.set(path, { value: fallback.value, source: { from: "default" } });
    } else if (!attempted.has(path)) {
      const names = settingNames(path);
      const variable = settingVariables(entry).at(-1)?.name ?? names.variable;
      const message = `this is required in ${mode} mode. Set ${variable}, or ${names.key} in the configuration file, to ${setting.kind.accepts}.`;
      missing.push({ path, problem: { code: "missing_value", key: names.key, source: undefined, message } });
    }
  }
  return missing;
}

/** Applies every rule whose settings could all be read. */
function applyRules(
  settings: Settings,
  values: Values,
  broken: ReadonlySet<SettingPath>,
  own: OwnAddresses,
): readonly Conclusion[] {
  return rules
    .filter(({ reads }) => !reads.some((path) => broken.has(path)))
    .flatMap(({ check }): Conclusion[] => {
      const finding = check(settings, own);
      if (finding === undefined) return [];
      const { code, path, message } = finding;
      return [{ path, problem: { code, key: settingNames(path).key, source: values.get(path)?.source, message } }];
    });
}

/** Reports everything at once; simulation in production comes first, since it decides the rest. */
function throwAny(problems: readonly ConfigProblem[]): void {
  const isDecisive = ({ code }: ConfigProblem) => code === "simulation_in_production";
  const [first, ...others] = [...problems.filter(isDecisive), ...problems.filter((problem) => !isDecisive(problem))];
  if (first !== undefined) throw new ConfigError(first, ...others);
}

/** Puts every value in its place. The table's type ties each place to its kind, which made the value. */
function assemble(values: Values): Settings {
  const root: Record<string, unknown> = {};
  for (const { path } of settingEntries) {
    const [section, inner] = path.split(".");
    const value = values.get(path)?.value;
    if (section === undefined) continue;
    if (inner === undefined) root[section] = value;
    else root[section] = { ...(root[section] as object | undefined), [inner]: value };
  }
  return root as unknown as Settings;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
