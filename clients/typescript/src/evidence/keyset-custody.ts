import { KeyAlgorithm, KeyRole } from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { type CustodyKey, KMS_PURPOSE } from "../dstack/index.ts";
import type { Keyset } from "../signing/index.ts";

/** Roles whose keys a key management service issues, with their names. */
const ISSUED_ROLES: Readonly<Partial<Record<KeyRole, keyof typeof KMS_PURPOSE>>> = {
  [KeyRole.STREAM]: "stream",
  [KeyRole.RESPONSE]: "response",
  [KeyRole.ENVELOPE]: "envelope",
};
const ALGORITHMS: Readonly<Partial<Record<KeyAlgorithm, string>>> = {
  [KeyAlgorithm.ED25519]: "ed25519",
  [KeyAlgorithm.SECP256K1]: "secp256k1",
  [KeyAlgorithm.X25519]: "x25519",
};

/**
 * The keys of a keyset that a key management service must have issued, each with the purpose of its role: all but those
 * for TLS, which are made where they are used. For other roles no purpose is known yet, so nothing can vouch for them.
 */
export function custodyKeys(keyset: Keyset): readonly CustodyKey[] {
  return keyset.keys
    .filter(({ role }) => role !== KeyRole.TLS)
    .map(({ id, role, algorithm, value, custodyChain }) => {
      const name = ISSUED_ROLES[role];
      return {
        id,
        role: name ?? "of another role",
        algorithm: ALGORITHMS[algorithm] ?? "unknown",
        publicKey: value,
        purpose: name === undefined ? "" : KMS_PURPOSE[name],
        custodyChain: name === undefined ? [] : custodyChain,
      };
    });
}
