import { DemoError } from "./errors.ts";
import { type Fields, optionalRecord } from "./fields.ts";
import { type Suggest, writeJson } from "./json-schema-writer.ts";
import type { Question } from "./language/index.ts";
import type { Random } from "./random.ts";
import { SchemaError } from "./schema-error.ts";

/** What the answer must look like. */
export type ResponseFormat = { readonly kind: "text" } | { readonly kind: "json"; readonly schema: Fields | undefined };

const MAX_KEYS = 16;
const DEFAULT_KEYS = ["topic", "summary", "points"];

/** Reads `response_format`. Throws a BadRequestError that names the field. */
export function readResponseFormat(body: Fields): ResponseFormat {
  const format = optionalRecord(body, "response_format");
  if (format === undefined || format.type === "text") return { kind: "text" };
  if (format.type === "json_object") return { kind: "json", schema: undefined };
  if (format.type !== "json_schema") {
    throw DemoError.badRequest(
      'response_format.type must be "text", "json_object" or "json_schema".',
      "response_format.type",
    );
  }
  const wrapper = optionalRecord(format, "json_schema", "response_format.json_schema");
  const schema =
    wrapper === undefined ? undefined : optionalRecord(wrapper, "schema", "response_format.json_schema.schema");
  if (schema === undefined) {
    throw DemoError.badRequest(
      "response_format.json_schema.schema is required for json_schema.",
      "response_format.json_schema.schema",
    );
  }
  return { kind: "json", schema };
}

/** Writes the JSON text of an answer: to the schema, or an object with the keys that the message asks for. */
export function writeFormatted(
  schema: Fields | undefined,
  question: Question,
  suggest: Suggest,
  random: Random,
): string {
  try {
    return JSON.stringify(writeJson(schema ?? objectSchema(question.text), random, suggest));
  } catch (error) {
    if (error instanceof SchemaError) throw DemoError.badRequest(error.message, "response_format.json_schema.schema");
    throw error;
  }
}

function objectSchema(text: string): Fields {
  const listed =
    /\b(?:keys?|fields?|properties|attributes)\b(?:\s+(?:named|called|are|of))?\s*:?\s+([^.?!\n]{1,200})/i.exec(
      text,
    )?.[1];
  const keys = (listed ?? "")
    .replace(/\b(?:and|or|the|an?|both)\b/gi, ",")
    .split(/[\s,"'`“”]+/)
    .filter((key) => /^[A-Za-z_]\w{0,31}$/.test(key))
    .slice(0, MAX_KEYS);
  const chosen = keys.length > 0 ? keys : DEFAULT_KEYS;
  return {
    type: "object",
    properties: Object.fromEntries(chosen.map((key) => [key, keySchema(key)])),
    required: chosen,
  };
}

function keySchema(key: string): Fields {
  if (/^(?:age|year|count|price|score|rating|amount|number|population|quantity|total)$/i.test(key))
    return { type: "integer", minimum: 1 };
  return /^(?:points|tags|items|list|steps|ideas|keywords)$/i.test(key)
    ? { type: "array", items: { type: "string" }, minItems: 2, maxItems: 3 }
    : { type: "string" };
}
