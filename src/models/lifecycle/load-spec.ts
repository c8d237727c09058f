import type { EngineArguments } from "../engine-process/index.ts";
import { type ModelDigest, sameDigest } from "./model-digest.ts";

/** A load after normalisation: two that mean the same are equal. */
export interface LoadSpec {
  /** Name callers use. */
  readonly model: string;
  /** Its directory within the models directory. */
  readonly source: string;
  /** Complete: defaults are filled in. */
  readonly arguments: EngineArguments;
  readonly expectedDigest: ModelDigest | undefined;
}

/** Whether both ask for the same engine over the same model. What digest they expect is another matter. */
export function sameEngine(one: LoadSpec, other: LoadSpec): boolean {
  const names = new Set([...Object.keys(one.arguments), ...Object.keys(other.arguments)]) as Set<keyof EngineArguments>;
  return (
    one.model === other.model &&
    one.source === other.source &&
    [...names].every((name) => one.arguments[name] === other.arguments[name])
  );
}

/** Whether a load that expects `wanted` may join one that expects `held` and, once loaded, has `actual`. */
export function expectationMet(
  wanted: ModelDigest | undefined,
  held: ModelDigest | undefined,
  actual: ModelDigest | undefined,
): boolean {
  if (wanted === undefined) return true;
  return (held !== undefined && sameDigest(wanted, held)) || (actual !== undefined && sameDigest(wanted, actual));
}
