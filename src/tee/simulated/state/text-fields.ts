import { unreadableState } from "./kept-file.ts";

/**
 * Reads a kept file's JSON: exactly these members, each of them text.
 *
 * @throws TeeError `tee.malformed`
 */
export function textFields<Name extends string>(
  text: string,
  path: string,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw unreadableState(path, "not JSON");
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw unreadableState(path, "not a JSON object");
  }
  const members = new Map<string, unknown>(Object.entries(document));
  const fields: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = members.get(name);
    if (typeof value !== "string") throw unreadableState(path, `"${name}" is missing or not text`);
    fields[name] = value;
  }
  if (members.size !== names.length) throw unreadableState(path, "unknown members");
  return fields as Record<Name, string>;
}
