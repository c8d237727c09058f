import { ineffectiveNote, ineffectiveVariables } from "./ineffective-variables.ts";
import { describeDefault, secretFileNames, settingNames, type Variable } from "./setting.ts";
import { type SettingEntry, settingEntries } from "./settings.ts";
import { configVariable, settingVariables } from "./sources/environment.ts";
import { configFlag } from "./sources/flags.ts";

const introduction = `<!-- Generated from src/config by generate-docs.ts. Do not edit. -->

# Settings

Every setting can be given in four places. A later one overrides an earlier one:

1. its default,
2. the configuration file, named by \`${configFlag}\` or \`${configVariable}\` (none is read unless it is named),
3. environment variables,
4. flags, as \`--name value\` or \`--name=value\`.

Anything wrong in any of these places, overridden or not, stops the start. Everything that is wrong is reported at once:
the key, where its value came from, and what is accepted.

- The file is plain YAML 1.2 of at most 32 KiB. Unknown keys, keys given twice, anchors, aliases and tags are refused.
  \`countersign.schema.json\` beside this page describes it to editors.
- A boolean flag may stand alone for true: \`--access-public-metrics\`. A flag given twice is refused.
- An empty variable counts as absent. Of several variables for one setting, the first in its list counts.
- A duration is a whole number and a unit: \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`. A size is a number of bytes, or a whole number and
  \`KiB\`, \`MiB\`, \`GiB\` (1024) or \`kB\`, \`MB\`, \`GB\` (1000). Variables of older gateways keep their own units.
- A secret is never taken from the command line, which every process can read. It can stand in a file of its own, whose
  path is given by a flag, a key or a variable; one line break at the end of that file is not part of the secret.
- \`countersign config check\` shows the effective settings, without secrets, and where each came from.

\`\`\`yaml
model:
  name: my-model
engines:
  - http://127.0.0.1:9000
tokensFile: /run/secrets/tokens
limits:
  jsonBody: 10MiB
timeouts:
  total: 1h
\`\`\`
`;

/** The settings reference as Markdown. */
export function settingsReference(): string {
  const sections = settingEntries.map((entry) => settingReference(entry));
  const ineffective = ineffectiveVariables.map((entry) => `| \`${entry.name}\` | ${ineffectiveNote(entry)} |`);
  return `${introduction}
${sections.join("\n")}
## Faults of the simulated TEE

\`COUNTERSIGN_SIMULATOR_FAULT\` makes the simulated TEE misbehave, to see what the gateway and its callers make of it:
\`<fault>[:<milliseconds>][@<method>]\`, for example \`delay:500@GetQuote\`. Faults: \`delay\`, \`hang\`, \`refuse\`,
\`not-found\`, \`html\`, \`chunked\`, \`oversized\`, \`cut\`, \`wrong-report-data\`, \`truncated-quote\`, \`empty-digests\`,
\`extra-event\`, \`duplicate-event\`. Real platforms do not read it.

## Variables without effect in this version

Known from the gateways this one replaces. Setting one is allowed and gives a warning at start, and a value that cannot
be read still stops it. A switch that is off gives no warning.

| Variable | |
|---|---|
${ineffective.join("\n")}
`;
}

function settingReference(entry: SettingEntry): string {
  const { path, setting } = entry;
  const names = settingNames(path);
  const { kind } = setting;
  const variables = settingVariables(entry).map((variable) => describeVariable(variable, kind.secret));
  const flag = kind.secret ? `\`${secretFileNames(names).flag}\` (a path)` : `\`${names.flag}\``;
  const fileKey = kind.secret ? [`- File: \`${secretFileNames(names).key}\` in place of \`${names.key}\``] : [];
  return `## \`${names.key}\`

${setting.description}

${[
  `- Accepted: ${kind.accepts}`,
  `- Default: ${describeDefault(setting)}`,
  `- Flag: ${flag}`,
  ...fileKey,
  `- Variables: ${variables.join(", ")}`,
].join("\n")}
`;
}

function describeVariable({ name, grammar }: Variable<unknown>, secret: boolean): string {
  const file = secret ? ` or \`${secretFileNames({ key: "", flag: "", variable: name }).variable}\`` : "";
  return `\`${name}\`${file}${grammar === undefined ? "" : ` (${grammar.accepts})`}`;
}
