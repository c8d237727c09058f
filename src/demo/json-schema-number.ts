import type { Fields } from "./fields.ts";
import type { Random } from "./random.ts";
import { SchemaError } from "./schema-error.ts";

const DEFAULT_SPAN = 100;

/** Writes a number within minimum, maximum, their exclusive forms and multipleOf; the suggestion, where it fits. */
export function writeNumber(schema: Fields, integer: boolean, suggested: unknown, random: Random): number {
  const step = readStep(schema.multipleOf, integer);
  const low = limit(schema, "minimum");
  const high = limit(schema, "maximum");
  const above = limit(schema, "exclusiveMinimum");
  const below = limit(schema, "exclusiveMaximum");
  const allows = (value: number): boolean =>
    value >= (low ?? -Infinity) &&
    value <= (high ?? Infinity) &&
    value > (above ?? -Infinity) &&
    value < (below ?? Infinity) &&
    isMultiple(value, step);
  if (typeof suggested === "number" && allows(suggested)) return suggested;

  const floor = Math.max(low ?? -Infinity, above ?? -Infinity);
  const ceiling = Math.min(high ?? Infinity, below ?? Infinity);
  const from = floor > -Infinity ? floor : ceiling < Infinity ? Math.min(0, ceiling - DEFAULT_SPAN) : 1;
  const to = ceiling < Infinity ? ceiling : from + DEFAULT_SPAN;
  const grain = step ?? (to - from >= 1 ? 0.5 : (to - from) / 64);
  const first = Math.ceil(from / grain);
  const count = Math.floor(to / grain) - first + 1;
  const candidates = [first + random.below(Math.max(count, 1)), first, first + 1, first + count - 2].map((multiple) =>
    clean(multiple * grain),
  );
  const found = [...candidates, (from + to) / 2, from, to].find(allows);
  if (found === undefined) throw new SchemaError("has a number that no value satisfies");
  return found;
}

function readStep(multipleOf: unknown, integer: boolean): number | undefined {
  if (multipleOf === undefined) return integer ? 1 : undefined;
  if (typeof multipleOf !== "number" || !(multipleOf > 0))
    throw new SchemaError("has a multipleOf that is not above 0");
  return integer && !Number.isInteger(multipleOf) ? 1 : multipleOf;
}

function limit(schema: Fields, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number") throw new SchemaError(`has a ${keyword} that is not a number`);
  return value;
}

function isMultiple(value: number, step: number | undefined): boolean {
  if (step === undefined) return true;
  const quotient = value / step;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

function clean(value: number): number {
  return Number(value.toPrecision(12));
}
