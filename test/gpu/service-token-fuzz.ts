import { parseKeySet, verifyToken } from "@countersign/client/gpu";
import { CheckFailure } from "@countersign/client/verdict";

/**
 * Fuzz target: bytes are read as a key set, and as a token by the keys of `jwks`. Each ends with a result or with a
 * CheckFailure. Rejects if it does not.
 */
export async function fuzzServiceToken(input: Uint8Array, jwks: unknown, now: number): Promise<void> {
  const text = new TextDecoder().decode(input);
  const keys = parseKeySet(jwks);
  for (const read of [
    async () => parseKeySet(text),
    () => verifyToken(text, "token", { keys, issuer: "", now, skewSeconds: 0 }),
  ]) {
    try {
      await read();
    } catch (thrown) {
      if (!(thrown instanceof CheckFailure)) throw thrown;
    }
  }
}
