import { parseDeviceReport } from "@countersign/client/gpu";
import { CheckFailure } from "@countersign/client/verdict";

/**
 * Fuzz target: whatever the bytes are, reading them as a report ends with one that accounts for every byte, or with a
 * malformed CheckFailure. Throws if it does not.
 */
export function fuzzDeviceReport(input: Uint8Array): void {
  try {
    const { signedBytes, signature } = parseDeviceReport(input);
    if (signedBytes.length + signature.length !== input.length) throw new Error("bytes that nothing accounts for");
  } catch (thrown) {
    if (!(thrown instanceof CheckFailure && thrown.malformed)) throw thrown;
  }
}
