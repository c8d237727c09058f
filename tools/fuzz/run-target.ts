import type { FuzzTarget } from "./target.ts";

/** What a run over one target came to. */
export interface FuzzResult {
  readonly inputs: number;
  readonly accepted: number;
  /** The slowest input. Milliseconds. */
  readonly slowestMs: number;
  /** The first fault, with the input that caused it. */
  readonly fault: { readonly input: Uint8Array; readonly message: string } | undefined;
}

/**
 * Feeds a target until its inputs are over or one of them is a fault.
 *
 * @param watch sees every input before the target does
 */
export async function runTarget(
  target: FuzzTarget,
  count: number,
  seed: number,
  watch: (input: Uint8Array) => void = () => {},
): Promise<FuzzResult> {
  let inputs = 0;
  let accepted = 0;
  let slowestMs = 0;
  for (const input of target.inputs(count, seed)) {
    inputs += 1;
    watch(input);
    const startedAt = performance.now();
    try {
      if (await target.take(input)) accepted += 1;
    } catch (error) {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return { inputs, accepted, slowestMs, fault: { input, message } };
    }
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
  }
  return { inputs, accepted, slowestMs, fault: undefined };
}
