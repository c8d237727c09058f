import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

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

/** The fields without a typed counterpart: everything but `known` and nulls. Undefined if there are none. */
export function extraFields(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let extras: Record<string, JsonValue> | undefined;
  for (const name in object) {
    const value = object[name];
    if (known.has(name) || value === null || value === undefined) continue;
    extras ??= {};
    extras[name] = value;
  }
  return extras;
}
