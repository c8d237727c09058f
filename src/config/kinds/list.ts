import { accept, type Parsed, refuse } from "../kind.ts";

/** Items of a comma list, trimmed; empty ones are dropped, as the older gateways did. */
export function splitList(text: string): readonly string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Reads every item, or says which one is wrong. `read` returns the item, or the reason it is refused. */
export function readList<T>(
  items: readonly unknown[],
  most: number,
  read: (item: string) => { readonly item: T } | { readonly reason: string },
): Parsed<readonly T[]> {
  if (items.length === 0) return refuse("is an empty list");
  if (items.length > most) return refuse(`has more than ${most} entries`);
  const list: T[] = [];
  for (const [index, item] of items.entries()) {
    const entry = `has a bad entry ${index + 1} of ${items.length}`;
    if (typeof item !== "string") return refuse(`${entry}: it is not text (put it in quotes)`);
    const outcome = read(item);
    if ("reason" in outcome) return refuse(`${entry}: it ${outcome.reason}`);
    list.push(outcome.item);
  }
  return accept(list);
}
