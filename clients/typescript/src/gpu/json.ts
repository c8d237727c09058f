import { CheckFailure } from "../verdict/index.ts";

/** A JSON object whose members nobody has looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws CheckFailure, malformed */
export function jsonObject(value: unknown, what: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw CheckFailure.malformed(`${what}: not a JSON object`);
  }
  return value as JsonObject;
}

/**
 * What a JSON text says.
 *
 * @param limit most characters
 * @throws CheckFailure, malformed
 */
export function parseJson(text: string, limit: number, what: string): unknown {
  if (text.length > limit) throw CheckFailure.malformed(`${what}: too large`);
  try {
    return JSON.parse(text);
  } catch {
    throw CheckFailure.malformed(`${what}: not JSON`);
  }
}
