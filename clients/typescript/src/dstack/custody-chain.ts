import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { isEd25519PublicKey, isSecp256k1PublicKey } from "../signing/index.ts";
import { recoverSigner } from "./recover-signer.ts";

/** A key with the signatures by which a key management service vouches for it. */
export interface CustodyKey {
  /** Its id in the keyset, for causes. */
  readonly id: string;
  /** Its role in the keyset, for causes. */
  readonly role: string;
  /** `secp256k1` and `ed25519` can be vouched for; no other algorithm. */
  readonly algorithm: string;
  /** secp256k1: 65 bytes, uncompressed. ed25519: 32 bytes. */
  readonly publicKey: Uint8Array;
  /** What the key must have been asked for: the purpose of its role, never one the gateway states. */
  readonly purpose: string;
  /** Signature of the application's root, then that of the service. Attacker-controlled. */
  readonly custodyChain: readonly Uint8Array[];
}

/** Who signed a custody chain. Nothing is proven until the service's root is compared. */
export interface CustodyRoots {
  /** Root of the application's keys, compressed, 33 bytes. */
  readonly appRoot: Uint8Array;
  /** Root of the key management service, compressed, 33 bytes; undefined where none signed. */
  readonly kmsRoot: Uint8Array | undefined;
}

const ISSUED = utf8ToBytes("dstack-kms-issued:");

/**
 * Recovers who signed a custody chain: the application's root signs purpose ‖ ":" ‖ the key in hex, and the service's
 * root signs "dstack-kms-issued:" ‖ application id ‖ the application's root. Without a key management service, the
 * second signature is empty.
 *
 * @param appId 20 bytes, of the verified event log and not of the peer's word
 * @returns undefined if the chain is not of this form
 */
export function recoverCustody(key: CustodyKey, appId: Uint8Array): CustodyRoots | undefined {
  const signed = signedForm(key);
  const [keySignature, rootSignature, ...others] = key.custodyChain;
  if (signed === undefined || keySignature === undefined || rootSignature === undefined || others.length > 0) {
    return undefined;
  }
  const appRoot = recoverSigner(keySignature, utf8ToBytes(`${key.purpose}:${bytesToHex(signed)}`));
  if (appRoot === undefined) return undefined;
  if (rootSignature.length === 0) return { appRoot, kmsRoot: undefined };
  const kmsRoot = recoverSigner(rootSignature, concatBytes(ISSUED, appId, appRoot));
  return kmsRoot && { appRoot, kmsRoot };
}

/** The public key as it is signed: secp256k1 compressed, 33 bytes; ed25519 as it is, 32 bytes. */
function signedForm({ algorithm, publicKey }: CustodyKey): Uint8Array | undefined {
  if (algorithm === "ed25519") return isEd25519PublicKey(publicKey) ? publicKey : undefined;
  if (algorithm !== "secp256k1" || !isSecp256k1PublicKey(publicKey)) return undefined;
  return secp256k1.Point.fromBytes(publicKey).toBytes(true);
}
