import { DemoError } from "./errors.ts";

/** A JSON object from a caller: any value may be anything. */
export type Fields = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a string; absent and null are undefined. `path` names the field in errors when it is not the key itself. */
export function optionalString(fields: Fields, key: string, path = key): string | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw wrongType(path, "a string", value);
}

export function requiredString(fields: Fields, key: string, path = key): string {
  const value = optionalString(fields, key, path);
  if (value === undefined) throw missing(path);
  return value;
}

export function optionalBoolean(fields: Fields, key: string, path = key): boolean | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined || typeof value === "boolean") return value;
  throw wrongType(path, "true or false", value);
}

/** Reads a finite number from `minimum` to `maximum`, both included. */
export function optionalNumber(fields: Fields, key: string, minimum: number, maximum: number): number | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrongType(key, "a number", value);
  if (value < minimum || value > maximum) {
    throw DemoError.badRequest(`${key} must be from ${minimum} to ${maximum}, got ${value}.`, key);
  }
  return value;
}

export function optionalInteger(fields: Fields, key: string, minimum: number, maximum: number): number | undefined {
  const value = fields[key] ?? undefined;
  if (value !== undefined && !Number.isInteger(value)) throw wrongType(key, "an integer", value);
  return optionalNumber(fields, key, minimum, maximum);
}

export function optionalRecord(fields: Fields, key: string, path = key): Fields | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined || isRecord(value)) return value;
  throw wrongType(path, "an object", value);
}

export function optionalArray(fields: Fields, key: string, path = key): readonly unknown[] | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined || Array.isArray(value)) return value;
  throw wrongType(path, "an array", value);
}

export function missing(path: string): DemoError {
  return DemoError.badRequest(`Field required: ${path}.`, path);
}

/** An error that names the field, what it must be and the JSON type it was; never its value. */
export function wrongType(path: string, expected: string, value: unknown): DemoError {
  return DemoError.badRequest(`${path} must be ${expected}, got ${describeType(value)}.`, path);
}

function describeType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a number";
  return `a ${typeof value}`;
}
