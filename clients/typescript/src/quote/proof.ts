import type { CheckId, Checks, Proven } from "../verdict/index.ts";

/** What a check has proven; undefined if it did not pass. */
export interface Proof<T> {
  readonly id: CheckId;
  readonly value: T | undefined;
}

/** Proofs a step rests on, by the names it uses. */
type Needs = Readonly<Record<string, Proof<unknown>>>;
type Values<N extends Needs> = { readonly [Name in keyof N]: N[Name] extends Proof<infer T> ? T : never };

/**
 * Makes a check from what earlier checks have proven. If one of those did not pass, the check is skipped, and says
 * which: a step never sees a value that nobody vouches for.
 */
export type Prove = <const N extends Needs, T>(
  id: CheckId,
  needs: N,
  step: (values: Values<N>) => Proven<T> | Promise<Proven<T>>,
) => Promise<Proof<T>>;

/** Steps that record into `checks`. */
export function provingInto(checks: Checks): Prove {
  return async (id, needs, step) => {
    const missing = missingOf(needs);
    if (missing.length > 0) {
      checks.skip(id, `needs ${missing.join(" and ")}, which did not pass`);
      return { id, value: undefined };
    }
    return { id, value: await checks.run(id, () => step(valuesOf(needs))) };
  };
}

/** What follows from proofs and is no check of its own; absent if one of them is, in that one's name. */
export function derive<const N extends Needs, T>(id: CheckId, needs: N, conclude: (values: Values<N>) => T): Proof<T> {
  const [missing] = missingOf(needs);
  return missing === undefined ? { id, value: conclude(valuesOf(needs)) } : { id: missing, value: undefined };
}

/** Ids of the checks that did not pass, each once. */
function missingOf(needs: Needs): CheckId[] {
  return [
    ...new Set(
      Object.values(needs)
        .filter(({ value }) => value === undefined)
        .map(({ id }) => id),
    ),
  ];
}

function valuesOf<N extends Needs>(needs: N): Values<N> {
  return Object.fromEntries(Object.entries(needs).map(([name, { value }]) => [name, value])) as Values<N>;
}
