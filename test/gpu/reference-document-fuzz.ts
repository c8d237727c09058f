import type { ReferenceValues, RimVerifier } from "@countersign/client/gpu";
import { CheckFailure } from "@countersign/client/verdict";

/**
 * Fuzz target: whatever the bytes are, verifying them as a reference document ends with values or with a CheckFailure.
 * Rejects if it does not.
 *
 * @returns the values, if there are any
 */
export async function fuzzReferenceDocument(
  input: Uint8Array,
  verifier: RimVerifier,
  now: number,
): Promise<ReferenceValues | undefined> {
  try {
    return await verifier.verify(input, now);
  } catch (thrown) {
    if (thrown instanceof CheckFailure) return undefined;
    throw thrown;
  }
}
