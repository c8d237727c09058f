import type { Config, IneffectiveVariable, Settings, UnknownVariable } from "./config.ts";
import { settingNames } from "./setting.ts";
import { type SettingEntry, settingEntries } from "./settings.ts";
import { describeSource, type Source } from "./source.ts";

/** One effective setting. */
export interface ExplainedSetting {
  readonly key: string;
  /** In the grammar of variables and flags; of a secret only its outline. */
  readonly value: string;
  readonly source: Source;
}

/** The effective configuration without secrets; plain data, ready for JSON. */
export interface Explanation {
  /** In the order of the settings table. */
  readonly settings: readonly ExplainedSetting[];
  readonly notYetEffective: readonly IneffectiveVariable[];
  readonly unknownVariables: readonly UnknownVariable[];
}

/** Says what every setting is and where it came from. */
export function explainConfig(config: Config): Explanation {
  const { notYetEffective, unknownVariables, sources } = config;
  const settings = settingEntries.map((entry) => ({
    key: settingNames(entry.path).key,
    value: entry.setting.kind.show(effectiveValue(config, entry)),
    source: sources[entry.path],
  }));
  return { settings, notYetEffective, unknownVariables };
}

/** An explanation as an aligned table of key, value and source, followed by the warnings. */
export function formatExplanation({ settings, notYetEffective, unknownVariables }: Explanation): string {
  const widest = (cells: readonly string[]) => Math.max(0, ...cells.map(({ length }) => length));
  const keyWidth = widest(settings.map(({ key }) => key));
  const valueWidth = widest(settings.map(({ value }) => value));
  const lines = settings.map(
    ({ key, value, source }) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${describeSource(source)}`,
  );
  const warnings = [
    ...notYetEffective.map(({ name, note }) => `${name}: ${note}`),
    ...unknownVariables.map(
      ({ name, suggestion }) =>
        `${name}: not a known variable.${suggestion === undefined ? "" : ` Did you mean ${suggestion}?`}`,
    ),
  ];
  return [
    ...lines,
    ...(warnings.length === 0 ? [] : ["", "Warnings:", ...warnings.map((text) => `  ${text}`)]),
    "",
  ].join("\n");
}

function effectiveValue(config: Settings, { path }: SettingEntry): unknown {
  return path.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], config);
}
