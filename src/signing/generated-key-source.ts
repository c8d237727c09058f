import { randomBytes } from "node:crypto";
import { KeySourceKind } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import type { HeldRole, SigningAlgorithm } from "./key-role.ts";
import type { KeySource, SecretKey } from "./key-source.ts";

/** Keys from the operating system's random source, kept in memory and gone with the process. Development only. */
export function generatedKeySource(): KeySource {
  const keys = new Map<string, SecretKey>();
  return {
    kind: KeySourceKind.GENERATED,
    async key(role: HeldRole, algorithm: SigningAlgorithm): Promise<SecretKey> {
      const name = `${role}/${algorithm}`;
      const known = keys.get(name);
      if (known !== undefined) return known;
      // A uniformly random 32-byte string is an invalid secp256k1 scalar with probability below 2^-127; the key
      // constructor refuses one, so no retry loop is needed here.
      const made: SecretKey = { secret: randomBytes(32), custodyChain: [] };
      keys.set(name, made);
      return made;
    },
  };
}
