import { KeyAlgorithm, KeyRole } from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { type CustodyKey, KMS_PURPOSE } from "../dstack/index.ts";
import type { Keyset } from "../signing/index.ts";

/** Roles whose keys a key management service issues, with their names. TLS keys are made where they are used. */
const ISSUED_ROLES: Readonly<Partial<Record<KeyRole, keyof typeof KMS_PURPOSE>>> = {
  [KeyRole.STREAM]: "stream",
  [KeyRole.RESPONSE]: "response",
};
const ALGORITHMS: Readonly<Partial<Record<KeyAlgorithm, string>>> = {
  [KeyAlgorithm.ED25519]: "ed25519",
  [KeyAlgorithm.SECP256K1]: "secp256k1",
};

/** The keys of a keyset that a key management service must have issued, each with the purpose of its role. */
export function custodyKeys(keyset: Keyset): readonly CustodyKey[] {
  return keyset.keys.flatMap(({ id, role, algorithm, value, custodyChain }) => {
    const name = ISSUED_ROLES[role];
    if (name === undefined) return [];
    return [
      {
        id,
        role: name,
        algorithm: ALGORITHMS[algorithm] ?? "unknown",
        publicKey: value,
        purpose: KMS_PURPOSE[name],
        custodyChain,
      },
    ];
  });
}
