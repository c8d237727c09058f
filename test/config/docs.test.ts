import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { generatedDocs } from "../../src/config/generate-docs.ts";
import { configSchema } from "../../src/config/json-schema.ts";
import { settingNames } from "../../src/config/setting.ts";
import { type SettingEntry, settingEntries } from "../../src/config/settings.ts";
import { knownVariables } from "../../src/config/sources/environment.ts";
import { loadFile } from "./load.ts";

const docs = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

const schema = configSchema() as Schema;

function schemaAt({ path }: SettingEntry): Schema {
  let found: Schema | undefined = schema;
  for (const name of settingNames(path).key.split(".")) found = found?.properties?.[name];
  if (found === undefined) throw new Error(`no schema for ${path}`);
  return found;
}

/** The keywords our schema uses, and no more: enough to hold it against the kinds. */
function validates(value: unknown, by: Schema): boolean {
  if (by.anyOf !== undefined) return by.anyOf.some((one) => validates(value, one));
  if ("const" in by) return value === by.const;
  if (by.enum !== undefined) return by.enum.includes(value);
  if (by.type === "boolean") return typeof value === "boolean";
  if (by.type === "integer") {
    return Number.isInteger(value) && Number(value) >= Number(by.minimum) && Number(value) <= Number(by.maximum);
  }
  if (by.type === "string") {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern = "" } = by;
    if (typeof value !== "string" || value.length < minLength || value.length > maxLength) return false;
    return new RegExp(pattern, "u").test(value);
  }
  if (by.type !== "array" || !Array.isArray(value)) return false;
  const { items = {}, minItems = 0, maxItems = 0 } = by;
  return value.length >= minItems && value.length <= maxItems && value.every((item) => validates(item, items));
}

const samples: readonly unknown[] = [
  true,
  false,
  0,
  1,
  16,
  256,
  8000,
  65_535,
  65_536,
  1.5,
  -1,
  "",
  "off",
  "5s",
  "5 s",
  "5",
  "5S",
  "10MiB",
  "10 kb",
  "1TiB",
  "info",
  "request-response",
  "text",
  "json",
  "demo",
  "deterministic",
  "dstack",
  "simulated",
  "nvidia",
  "wait",
  ["dtype"],
  "https://pccs.example/base",
  "127.0.0.1",
  "countersign.x",
  "a\nb",
  "http://a",
  ["http://a:1/b"],
  ["ftp://a"],
  ["http://u@a"],
  ["http://a?x"],
  ["a", "b"],
  ["a b"],
  ["a,b"],
  [""],
  [],
  [1],
  null,
];

describe("generated documentation", () => {
  it.each([...generatedDocs()])("docs/%s is up to date", (name, content) => {
    expect(docs(name)).toBe(content);
  });

  it("names every key, flag and variable", () => {
    const text = docs("settings.md");
    for (const { path, setting } of settingEntries) {
      const { key, flag } = settingNames(path);
      expect(text).toContain(`\n## \`${key}\`\n`);
      expect(text).toContain(setting.kind.secret ? `\`${flag}-file\`` : `\`${flag}\``);
    }
    const documented = new Set(
      [...text.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|TOKEN|DEV)`/g)].map(([, name]) => name),
    );
    expect([...documented].toSorted()).toEqual(knownVariables.toSorted());
  });

  it("shows an example that loads", () => {
    const [, example = ""] = /```yaml\n([^`]*)```/.exec(docs("settings.md")) ?? [];
    const text = example.replace(/^tokensFile: .*$/m, "tokens: [t]");
    expect(text).not.toBe(example);
    expect(loadFile(text, { DEV: "1" }).model.name).toBe("my-model");
  });
});

describe("JSON Schema", () => {
  it("refuses unknown keys at every level", () => {
    const sections = [schema, ...Object.values(schema.properties ?? {}).filter(({ type }) => type === "object")];
    expect(sections.length).toBeGreaterThan(5);
    for (const section of sections) expect(section.additionalProperties).toBe(false);
  });

  it.each(settingEntries.map((entry) => [settingNames(entry.path).key, entry] as const))("describes %s", (_, entry) => {
    const found = schemaAt(entry);
    expect(found.description).toBe(entry.setting.description);
    if ("default" in found) {
      expect(validates(found.default, found)).toBe(true);
      const fallback = entry.setting.default;
      expect(entry.setting.kind.fromYaml(found.default)).toEqual({ value: "value" in fallback && fallback.value });
    }
  });

  it.each(settingEntries.map((entry) => [settingNames(entry.path).key, entry] as const))(
    "accepts for %s whatever the gateway accepts",
    (_, entry) => {
      const found = schemaAt(entry);
      // Words are read in any case and with aliases; editors are offered the plain ones.
      const accepted = samples.filter((sample) => "value" in entry.setting.kind.fromYaml(sample));
      expect(accepted.length).toBeGreaterThan(0);
      for (const sample of accepted)
        expect(validates(sample, found), String(sample)).toBe(entry.path !== "log.level" || sample !== "off");
    },
  );

  it.each(["listen.port", "tokens", "engines", "limits.jsonBodyBytes", "access.publicModels", "log.format"])(
    "refuses for %s what the gateway refuses",
    (path) => {
      const entry = settingEntries.find((candidate) => candidate.path === path);
      if (entry === undefined) throw new Error(path);
      const refused = samples.filter((sample) => "fault" in entry.setting.kind.fromYaml(sample));
      expect(refused.length).toBeGreaterThan(0);
      for (const sample of refused) expect(validates(sample, schemaAt(entry)), String(sample)).toBe(false);
    },
  );
});
