import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { isSecp256k1PublicKey } from "./secp256k1.ts";

/**
 * The Ethereum address of a secp256k1 key: the last 20 bytes of Keccak-256(X ‖ Y), lower-case hex with `0x`.
 *
 * @param publicKey 65 bytes, uncompressed
 * @throws RangeError if `publicKey` is not such a key
 */
export function ethereumAddress(publicKey: Uint8Array): string {
  if (!isSecp256k1PublicKey(publicKey)) throw new RangeError("not an uncompressed secp256k1 public key");
  return `0x${bytesToHex(keccak_256(publicKey.subarray(1)).subarray(12))}`;
}
