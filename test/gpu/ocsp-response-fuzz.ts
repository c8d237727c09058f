import { DerError } from "@countersign/client/der";
import { parseOcspResponse } from "@countersign/client/gpu";

/**
 * Fuzz target: whatever the bytes are, reading them as an OCSP response ends with one or with a DerError. Throws if it
 * does not.
 */
export function fuzzOcspResponse(input: Uint8Array): void {
  try {
    parseOcspResponse(input);
  } catch (thrown) {
    if (!(thrown instanceof DerError)) throw thrown;
  }
}
