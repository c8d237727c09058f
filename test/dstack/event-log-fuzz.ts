import { parseEventLog, readPlatformClaims, replayEventLog } from "../../clients/typescript/src/dstack/index.ts";
import { CheckFailure } from "../../clients/typescript/src/verdict/index.ts";

/**
 * Fuzz target: whatever the bytes are, reading them as an event log ends with claims or with a CheckFailure that quotes
 * none of them. Throws if it does not.
 */
export function fuzzEventLog(input: Uint8Array): void {
  try {
    const entries = parseEventLog(new TextDecoder().decode(input));
    replayEventLog(entries);
    readPlatformClaims(entries);
  } catch (thrown) {
    if (!(thrown instanceof CheckFailure)) throw thrown;
  }
}
