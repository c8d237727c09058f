import { parseEvidenceList } from "@countersign/client/gpu";
import { CheckFailure } from "@countersign/client/verdict";

/**
 * Fuzz target: whatever the bytes are, reading them as an evidence list ends with one or with a malformed CheckFailure.
 * Throws if it does not.
 */
export function fuzzEvidenceList(input: Uint8Array): void {
  try {
    parseEvidenceList(new TextDecoder().decode(input));
  } catch (thrown) {
    if (!(thrown instanceof CheckFailure && thrown.malformed)) throw thrown;
  }
}
