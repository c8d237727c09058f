import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { GatewayError } from "../errors/index.ts";

/** An object out of an engine's JSON; undefined if the value is anything else. Engines are not trusted. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The objects of an array; anything else in it is left out. */
export function asObjects(value: unknown): JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry): entry is JsonObject => asObject(entry) !== undefined);
}

/** A string, or "". */
export function asString(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A finite number, or 0. */
export function asNumber(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** A non-negative integer that fits 32 bits, or 0. */
export function asUint32(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff ? value : 0;
}

/** An integer as int64; 0 if the value is not a safe integer. */
export function asInt64(value: unknown): bigint {
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : 0n;
}

/**
 * Deepest nesting of a field that is passed on untyped. Each level takes three messages of google.protobuf.Struct, and
 * protobuf decoders stop at a depth of 100.
 */
export const MAX_EXTRA_DEPTH = 24;

function nestsDeeper(value: JsonValue, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  const entries = Array.isArray(value) ? value : Object.values(value);
  return entries.some((entry) => nestsDeeper(entry, levels - 1));
}

/** The value itself. Throws `engine_protocol` if it nests deeper than MAX_EXTRA_DEPTH. */
export function untyped<T extends JsonValue>(value: T): T {
  if (!nestsDeeper(value, MAX_EXTRA_DEPTH)) return value;
  throw new GatewayError("engine_protocol", `The engine sent a field that nests deeper than ${MAX_EXTRA_DEPTH} levels`);
}

/**
 * The fields without a typed counterpart: everything but `known` and nulls. Undefined if there are none. Throws
 * `engine_protocol` if one nests too deeply.
 */
export function extraFields(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let extras: Record<string, JsonValue> | undefined;
  for (const name in object) {
    const value = object[name];
    // Assigning `__proto__` would replace the prototype instead of adding a member; protobuf libraries drop it too.
    if (known.has(name) || value === null || value === undefined || name === "__proto__") continue;
    extras ??= {};
    extras[name] = untyped(value);
  }
  return extras;
}
