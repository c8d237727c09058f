import { CheckFailure } from "@countersign/client/verdict";

/**
 * Text that is one JSON object. Of a member that stands twice the last one counts; nothing here is signed as JSON.
 *
 * @param text attacker-controlled, its length bounded by the caller
 * @throws CheckFailure malformed
 */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  const value = parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw CheckFailure.malformed("the file is not a JSON object");
  }
  return value as Readonly<Record<string, unknown>>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw CheckFailure.malformed("the file is not JSON");
  }
}
