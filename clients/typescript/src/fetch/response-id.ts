/** Longest id that is looked up. Characters: ids of engines and gateways have some 40. */
const MAX_ID_LENGTH = 256;

/**
 * The string `id` of a JSON object.
 *
 * @param json attacker-controlled text, bounded by the caller
 * @returns undefined if it is no JSON object, has no such id, or one longer than 256 characters
 */
export function idOfJson(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null || !("id" in value)) return undefined;
    return typeof value.id === "string" ? usableId(value.id) : undefined;
  } catch {
    return undefined;
  }
}

/** An id worth looking up, or undefined. */
export function usableId(id: string | null): string | undefined {
  return id === null || id === "" || id.length > MAX_ID_LENGTH || !id.isWellFormed() ? undefined : id;
}
