import { hexToBytes } from "@noble/hashes/utils.js";
import { KeyAlgorithm } from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { isEd25519PublicKey } from "./ed25519.ts";
import { isSecp256k1PublicKey } from "./secp256k1.ts";

/** Length of an X25519 public key (RFC 7748, 5). Bytes. */
const X25519_PUBLIC_KEY_BYTES = 32;
/** DER SubjectPublicKeyInfo of a named-curve P-256 key up to the point's 0x04 (RFC 5480, 2). The point follows. */
const P256_SPKI_PREFIX = hexToBytes("3059301306072a8648ce3d020106082a8648ce3d03010703420004");
const P256_SPKI_BYTES = P256_SPKI_PREFIX.length + 64;

/** Whether `value` has the form its algorithm fixes. False for an algorithm that is unspecified or unknown. */
export function hasPublicKeyForm(algorithm: KeyAlgorithm, value: Uint8Array): boolean {
  switch (algorithm) {
    case KeyAlgorithm.ED25519:
      return isEd25519PublicKey(value);
    case KeyAlgorithm.SECP256K1:
      return isSecp256k1PublicKey(value);
    case KeyAlgorithm.X25519:
      return value.length === X25519_PUBLIC_KEY_BYTES;
    case KeyAlgorithm.P256:
      return (
        value.length === P256_SPKI_BYTES && equalBytes(value.subarray(0, P256_SPKI_PREFIX.length), P256_SPKI_PREFIX)
      );
    default:
      return false;
  }
}
