import { describeDefault, secretFileNames, settingNames } from "./setting.ts";
import { type SettingEntry, settingEntries } from "./settings.ts";
import { configVariable, settingVariables } from "./sources/environment.ts";
import { configFlag } from "./sources/flags.ts";

/**
 * The settings as a part of `--help`: each flag with its value, meaning, variables and default.
 * @param columns - width to wrap at; default 100, at least 40
 */
export function configHelp(columns = 100): string {
  const width = Math.max(40, columns);
  const head = [
    ...wrap(
      "Settings: flags override environment variables, these override the file, and the file overrides defaults.",
      width,
      "",
    ),
    "",
    `  ${configFlag} <path>`,
    ...wrap("Configuration file, usually countersign.yaml. None is read unless it is named.", width),
    ...wrap(`Variable: ${configVariable}`, width),
  ];
  return `${[...head, ...settingEntries.flatMap((entry) => settingHelp(entry, width))].join("\n")}\n`;
}

function settingHelp(entry: SettingEntry, width: number): readonly string[] {
  const { path, setting } = entry;
  const names = settingNames(path);
  const { secret, noun } = setting.kind;
  const variables = settingVariables(entry).map(({ name }) => (secret ? `${name}[_FILE]` : name));
  return [
    "",
    secret ? `  ${secretFileNames(names).flag} <path>` : `  ${names.flag} <${noun}>`,
    ...wrap(secret ? `${setting.description} The file holds them as the variable would.` : setting.description, width),
    ...wrap(`${variables.length === 1 ? "Variable" : "Variables"}: ${variables.join(", ")}`, width),
    ...wrap(`Default: ${describeDefault(setting)}`, width),
  ];
}

const indentation = "      ";

function wrap(text: string, width: number, indent = indentation): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    const started = line !== indent;
    if (started && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${indent}${word}`;
    } else {
      line = started ? `${line} ${word}` : `${line}${word}`;
    }
  }
  return [...lines, line];
}
