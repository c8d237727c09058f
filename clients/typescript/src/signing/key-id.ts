import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { KeyAlgorithm, KeyRole } from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";

const ROLES = new Map<KeyRole, string>([
  [KeyRole.STREAM, "stream"],
  [KeyRole.RESPONSE, "response"],
  [KeyRole.RECEIPT, "receipt"],
  [KeyRole.E2EE, "e2ee"],
  [KeyRole.ENVELOPE, "envelope"],
  [KeyRole.TLS, "tls"],
  [KeyRole.LOG, "log"],
]);

const ALGORITHMS = new Map<KeyAlgorithm, string>([
  [KeyAlgorithm.ED25519, "ed25519"],
  [KeyAlgorithm.SECP256K1, "secp256k1"],
  [KeyAlgorithm.X25519, "x25519"],
  [KeyAlgorithm.P256, "p256"],
]);

/**
 * The id of a key: `<role>-<algorithm>-<first 16 hex digits of SHA-256(public key)>`.
 *
 * @returns undefined if the role or the algorithm is unspecified or unknown
 */
export function keyId(role: KeyRole, algorithm: KeyAlgorithm, publicKey: Uint8Array): string | undefined {
  const roleName = ROLES.get(role);
  const algorithmName = ALGORITHMS.get(algorithm);
  if (roleName === undefined || algorithmName === undefined) return undefined;
  return `${roleName}-${algorithmName}-${bytesToHex(sha256(publicKey)).slice(0, 16)}`;
}
