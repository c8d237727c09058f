import { nearestName } from "../nearest-name.ts";
import { type JsonSchema, refusePolicy, refuseValue, type Shape } from "./shape.ts";

/** One member of a mapping. */
export interface Member<T> {
  readonly shape: Shape<unknown>;
  /** What it means, for the schema and the reference. */
  readonly about: string;
  readonly required: boolean;
  /** @param found undefined if the member is absent */
  read(found: unknown, path: string): T;
}

/** A member that must be there. */
export function required<T>(shape: Shape<T>, about: string): Member<T> {
  const read = (found: unknown, path: string): T =>
    found === undefined ? refusePolicy(path, `is missing; accepted is ${shape.accepts}`) : shape.read(found, path);
  return { shape, about, required: true, read };
}

/** A member that may be absent, and then is undefined. */
export function optional<T>(shape: Shape<T>, about: string): Member<T | undefined> {
  const read = (found: unknown, path: string): T | undefined =>
    found === undefined ? undefined : shape.read(found, path);
  return { shape, about, required: false, read };
}

/** A mapping that may be absent, and then is read as an empty one. */
export function section<T>(shape: Shape<T>, about: string): Member<T> {
  return { shape, about, required: false, read: (found = {}, path) => shape.read(found, path) };
}

/** Members by name. */
type Table = Readonly<Record<string, Member<unknown>>>;

/** What a mapping of these members is read as. */
type ReadOf<M extends Table> = { readonly [name in keyof M]: M[name] extends Member<infer T> ? T : never };

/**
 * A mapping of exactly these members; anything else in it is refused.
 *
 * @param rules further keywords of the schema, for rules between members that the reader of the whole enforces
 */
export function members<M extends Table>(table: M, rules: JsonSchema = {}): Shape<ReadOf<M>> {
  const names = Object.keys(table);
  const obligatory = names.filter((name) => table[name]?.required);
  const accepts = `a mapping of ${names.join(", ")}`;
  const properties = Object.fromEntries(
    Object.entries(table).map(([name, { about, shape }]) => [name, { description: about, ...shape.schema }]),
  );
  return {
    accepts,
    members: table,
    schema: {
      type: "object",
      additionalProperties: false,
      properties,
      ...(obligatory.length === 0 ? {} : { required: obligatory }),
      ...rules,
    },
    read(value, path) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return refuseValue(path, value, accepts);
      }
      // Own members only: a policy may come from JSON that was parsed with a name such as __proto__ in it.
      const found = new Map<string, unknown>(Object.entries(value));
      for (const name of found.keys()) if (!names.includes(name)) refuseUnknown(path, name, names);
      const read = Object.entries(table).map(([name, member]) => [
        name,
        member.read(found.get(name), join(path, name)),
      ]);
      // Each member was read by its own shape, which the type system cannot follow through entries.
      return Object.fromEntries(read) as ReadOf<M>;
    },
  };
}

function refuseUnknown(path: string, name: string, names: readonly string[]): never {
  const shown = /^[\w.-]{1,64}$/.test(name) ? `"${name}"` : "of a name that is not shown";
  const nearest = nearestName(name, names);
  const help = nearest === undefined ? `known here are ${names.join(", ")}` : `did you mean ${nearest}?`;
  return refusePolicy(path, `has an unknown member ${shown}; ${help}`);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
