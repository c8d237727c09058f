import { refusePolicy, refuseValue, type Shape } from "./shape.ts";

/** Most entries of any list. */
const MOST_ENTRIES = 256;

interface ListOptions<T> {
  /** Least number of entries. Default 1: an empty list reads as "nothing is accepted" to one and "anything" to another. */
  readonly least?: 0 | 1;
  /** What must differ between entries, as the name of a member of theirs. Default: the whole entry. */
  readonly distinct?: keyof T & string;
}

/** A list of one kind of entries, none of them twice. */
export function list<T>(entry: Shape<T>, { least = 1, distinct }: ListOptions<T> = {}): Shape<readonly T[]> {
  const accepts = `a list of ${least === 1 ? "1" : "0"} to ${MOST_ENTRIES} entries, each of them ${entry.accepts}`;
  return {
    accepts,
    entries: entry,
    schema: { type: "array", items: entry.schema, minItems: least, maxItems: MOST_ENTRIES, uniqueItems: true },
    read(value, path) {
      if (!Array.isArray(value)) return refuseValue(path, value, accepts);
      if (value.length < least) return refusePolicy(path, "an empty list; to ask nothing, leave the member out");
      if (value.length > MOST_ENTRIES) return refusePolicy(path, `more than ${MOST_ENTRIES} entries`);
      const seen = new Set<string>();
      return value.map((item: unknown, index) => {
        const place = `${path}[${index}]`;
        const read = entry.read(item, place);
        const key = JSON.stringify(distinct === undefined ? read : read[distinct]);
        if (seen.has(key)) refusePolicy(place, `stands twice in the list${distinct ? `, by its ${distinct}` : ""}`);
        seen.add(key);
        return read;
      });
    },
  };
}
