import type { ValueSchema } from "./kind.ts";
import { type Setting, secretFileNames, settingNames } from "./setting.ts";
import { settingEntries } from "./settings.ts";

interface SectionSchema {
  readonly type: "object";
  readonly additionalProperties: false;
  readonly properties: Record<string, ValueSchema | SectionSchema>;
}

/** JSON Schema (draft 2020-12) of `countersign.yaml`, for editors. The gateway itself reads the table, not this. */
export function configSchema(): ValueSchema {
  const root = section();
  for (const { path, setting } of settingEntries) {
    const names = settingNames(path);
    place(root, names.key, { description: setting.description, ...setting.kind.schema, ...schemaDefault(setting) });
    if (setting.kind.secret) {
      const description = `File that holds ${names.key}, as the variable would. Instead of ${names.key}.`;
      place(root, secretFileNames(names).key, { description, type: "string", minLength: 1 });
    }
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Countersign configuration",
    ...root,
  };
}

function section(): SectionSchema {
  return { type: "object", additionalProperties: false, properties: {} };
}

function place(root: SectionSchema, key: string, schema: ValueSchema): void {
  const [name = key, inner] = key.split(".");
  if (inner === undefined) {
    root.properties[name] = schema;
    return;
  }
  const owner = root.properties[name] ?? section();
  root.properties[name] = owner;
  if ("properties" in owner) (owner as SectionSchema).properties[inner] = schema;
}

/** The default as it would be written in the file: `5s`, `10MiB`, 256. */
function schemaDefault({ kind, default: fallback }: Setting<unknown>): ValueSchema {
  if (!("value" in fallback) || fallback.value === undefined) return {};
  const written = [kind.show(fallback.value), fallback.value].find((value) => "value" in kind.fromYaml(value));
  return written === undefined ? {} : { default: written };
}
