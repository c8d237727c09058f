import { type Fields, isRecord } from "./fields.ts";
import { writeNumber } from "./json-schema-number.ts";
import { writeString } from "./json-schema-string.ts";
import type { Random } from "./random.ts";
import { SchemaError } from "./schema-error.ts";

/** What a value at some place should rather be, from the conversation; ignored where the schema does not allow it. */
export type Suggest = (property: string, type: "string" | "number" | "integer" | "boolean") => unknown;

/** Schemas are attacker-controlled: these bound the depth and the number of values that one may ask for. */
const MAX_DEPTH = 64;
const MAX_VALUES = 4096;
/** From this depth on, optional properties are left out and the simplest branches are taken. */
const SIMPLE_FROM_DEPTH = 6;
const UNSUPPORTED = ["not", "if", "contains", "dependentSchemas", "dependentRequired"];
const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"];

/**
 * Writes a JSON value that conforms to a JSON Schema (2020-12: the vocabulary that structured outputs use).
 * Throws a SchemaError when the schema is malformed, not supported or cannot be satisfied.
 */
export function writeJson(root: Fields, random: Random, suggest: Suggest): unknown {
  let values = 0;

  function write(given: unknown, property: string, depth: number): unknown {
    values += 1;
    if (values > MAX_VALUES) throw new SchemaError(`asks for more than ${MAX_VALUES} values`);
    if (depth > MAX_DEPTH) throw new SchemaError("recurses without an end");
    if (given === true || given === undefined) return String(suggest(property, "string") ?? "anything");
    const schema = resolve(given, depth);
    if ("const" in schema) return schema.const;
    if (Array.isArray(schema.enum)) return writeEnum(schema.enum, property);

    switch (pickType(schema, depth)) {
      case "object":
        return writeObject(schema, depth);
      case "array":
        return writeArray(schema, property, depth);
      case "string":
        return writeString(schema, suggest(property, "string"), random);
      case "number":
        return writeNumber(schema, false, suggest(property, "number"), random);
      case "integer":
        return writeNumber(schema, true, suggest(property, "integer"), random);
      case "boolean": {
        const suggested = suggest(property, "boolean");
        return typeof suggested === "boolean" ? suggested : random.next() < 0.5;
      }
      default:
        return null;
    }
  }

  /** Follows references and folds allOf, anyOf and oneOf in, until one plain schema is left. */
  function resolve(given: unknown, depth: number): Fields {
    let schema = given;
    for (let rounds = 0; rounds <= MAX_DEPTH; rounds += 1) {
      if (schema === true) return {};
      if (!isRecord(schema)) throw new SchemaError("has a part that is neither an object nor true");
      const unsupported = UNSUPPORTED.find((keyword) => keyword in (schema as Fields));
      if (unsupported !== undefined)
        throw new SchemaError(`uses "${unsupported}", which the demo engine does not support`);
      const { $ref, allOf, anyOf, oneOf } = schema;
      if ($ref !== undefined) schema = merge(without(schema, "$ref"), lookUp($ref));
      else if (Array.isArray(allOf)) schema = allOf.reduce(mergePart, without(schema, "allOf"));
      else if (Array.isArray(anyOf)) schema = merge(without(schema, "anyOf"), pickBranch(anyOf, depth));
      else if (Array.isArray(oneOf)) schema = merge(without(schema, "oneOf"), pickBranch(oneOf, depth));
      else return schema;
    }
    throw new SchemaError("has references that lead in a circle");
  }

  function mergePart(whole: Fields, part: unknown): Fields {
    if (!isRecord(part)) return whole;
    return merge(whole, part.$ref === undefined ? part : merge(without(part, "$ref"), lookUp(part.$ref)));
  }

  function lookUp(reference: unknown): Fields {
    if (typeof reference !== "string" || !reference.startsWith("#")) {
      throw new SchemaError("has a $ref that does not point inside the schema");
    }
    let found: unknown = root;
    for (const step of reference.slice(1).split("/").slice(1)) {
      const key = decodeStep(step);
      const inside = typeof found === "object" && found !== null && Object.hasOwn(found, key);
      found = inside ? (found as Fields)[key] : undefined;
    }
    if (found === true) return {};
    if (!isRecord(found)) throw new SchemaError("has a $ref that points nowhere");
    return found;
  }

  function pickBranch(branches: unknown[], depth: number): Fields {
    if (branches.length === 0) throw new SchemaError("has an empty anyOf or oneOf");
    const plain = branches.filter((branch) => isRecord(branch) && branch.type !== "null");
    const simple = branches.filter(
      (branch) => isRecord(branch) && !("$ref" in branch) && branch.type !== "object" && branch.type !== "array",
    );
    const pool =
      depth >= SIMPLE_FROM_DEPTH && simple.length > 0
        ? simple
        : plain.length > 0 && random.next() < 0.9
          ? plain
          : branches;
    const branch = random.pick(pool);
    return isRecord(branch) ? branch : {};
  }

  function pickType(schema: Fields, depth: number): string {
    const { type } = schema;
    if (Array.isArray(type)) {
      const types = type.filter((name) => name !== "null" || depth >= SIMPLE_FROM_DEPTH || type.length === 1);
      return checkType(
        depth >= SIMPLE_FROM_DEPTH && types.includes("null")
          ? "null"
          : random.pick(types.length > 0 ? types : ["null"]),
      );
    }
    if (type !== undefined) return checkType(type);
    if ("properties" in schema || "required" in schema || "additionalProperties" in schema) return "object";
    if ("items" in schema || "prefixItems" in schema) return "array";
    return "minimum" in schema || "maximum" in schema || "multipleOf" in schema ? "number" : "string";
  }

  function writeEnum(options: readonly unknown[], property: string): unknown {
    if (options.length === 0) throw new SchemaError("has an empty enum");
    const suggested = String(suggest(property, "string") ?? "").toLowerCase();
    const named = options.find((option) => typeof option === "string" && option.toLowerCase() === suggested);
    return named ?? suggestEnum(options) ?? random.pick(options);
  }

  function suggestEnum(options: readonly unknown[]): unknown {
    return options.find((option) => typeof option === "string" && suggest(`=${option}`, "boolean") === true);
  }

  function writeObject(schema: Fields, depth: number): Fields {
    // Property names are attacker-controlled: without a prototype, "__proto__" is a name like any other.
    const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    const properties = isRecord(schema.properties) ? schema.properties : {};
    const required = Array.isArray(schema.required) ? schema.required.filter((key) => typeof key === "string") : [];
    for (const [key, inner] of Object.entries(properties)) {
      if (required.includes(key) || (depth < SIMPLE_FROM_DEPTH && random.next() < 0.7))
        result[key] = write(inner, key, depth + 1);
    }
    const extra = schema.additionalProperties;
    for (const key of required) {
      if (key in result) continue;
      if (extra === false) throw new SchemaError("requires a property that it does not allow");
      result[key] = write(isRecord(extra) ? extra : { type: "string" }, key, depth + 1);
    }
    fillUp(result, schema, properties, depth);
    return result;
  }

  /** Adds properties until there are `minProperties`, and an example entry to a plain map. */
  function fillUp(result: Record<string, unknown>, schema: Fields, properties: Fields, depth: number): void {
    const extra = schema.additionalProperties;
    const isMap = isRecord(extra) && Object.keys(properties).length === 0;
    const wanted = Math.max(bound(schema.minProperties, 0), isMap && depth < SIMPLE_FROM_DEPTH ? 1 : 0);
    for (const [key, inner] of Object.entries(properties)) {
      if (Object.keys(result).length >= wanted) return;
      if (!(key in result)) result[key] = write(inner, key, depth + 1);
    }
    for (let index = 1; Object.keys(result).length < wanted; index += 1) {
      if (extra === false) throw new SchemaError("asks for more properties than it allows");
      result[`entry_${index}`] = write(isRecord(extra) ? extra : { type: "string" }, `entry_${index}`, depth + 1);
    }
  }

  function writeArray(schema: Fields, property: string, depth: number): unknown[] {
    const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
    const items = schema.items;
    const minimum = Math.max(bound(schema.minItems, 0), items === false ? prefix.length : 0);
    const maximum = bound(schema.maxItems, Math.max(minimum, prefix.length, 3));
    if (minimum > maximum) throw new SchemaError("has a minItems above its maxItems");
    const usual = depth >= SIMPLE_FROM_DEPTH ? minimum : Math.max(minimum, prefix.length, 2);
    const length = Math.min(maximum, usual + (depth < SIMPLE_FROM_DEPTH && items !== false ? random.below(2) : 0));
    const result: unknown[] = [];
    const seen = new Set<string>();
    for (let attempts = 0; result.length < length && attempts < length * 8 + 8; attempts += 1) {
      const inner = prefix[result.length] ?? items;
      if (inner === false) break;
      const value = write(inner, singular(property), depth + 1);
      const key = JSON.stringify(value);
      if (schema.uniqueItems === true && seen.has(key)) continue;
      seen.add(key);
      result.push(value);
    }
    if (result.length < minimum) throw new SchemaError("asks for more items than it allows values");
    return result;
  }

  return write(root, "", 0);
}

function merge(base: Fields, over: Fields): Fields {
  const merged: Record<string, unknown> = { ...base, ...over };
  if (isRecord(base.properties) && isRecord(over.properties)) {
    merged.properties = { ...base.properties, ...over.properties };
  }
  if (Array.isArray(base.required) && Array.isArray(over.required)) {
    merged.required = [...new Set([...base.required, ...over.required])];
  }
  return merged;
}

function without(schema: Fields, keyword: string): Fields {
  const { [keyword]: _removed, ...rest } = schema;
  return rest;
}

function bound(value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || !(value >= 0)) throw new SchemaError("has a size limit that is not a number from 0");
  return Math.min(Math.floor(value), MAX_VALUES + 1);
}

function checkType(type: unknown): string {
  if (typeof type === "string" && TYPES.includes(type)) return type;
  throw new SchemaError(`has a type that is not one of ${TYPES.join(", ")}`);
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step).replace(/~1/g, "/").replace(/~0/g, "~");
  } catch {
    throw new SchemaError("has a $ref that is not a valid pointer");
  }
}

function singular(property: string): string {
  return property.replace(/ies$/, "y").replace(/s$/, "");
}
