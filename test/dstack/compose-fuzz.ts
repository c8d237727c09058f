import { readAppCompose } from "../../clients/typescript/src/dstack/index.ts";
import { CheckFailure } from "../../clients/typescript/src/verdict/index.ts";

/** Fuzz target: whatever the bytes are, reading them as a compose document ends with a result or a CheckFailure. */
export function fuzzAppCompose(input: Uint8Array): void {
  try {
    readAppCompose(new TextDecoder().decode(input));
  } catch (thrown) {
    if (!(thrown instanceof CheckFailure)) throw thrown;
  }
}
