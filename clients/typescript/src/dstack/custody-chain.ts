import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { isEd25519PublicKey, isSecp256k1PublicKey } from "../signing/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { recoverSigner } from "./recover-signer.ts";

/** A key with the signatures by which a key management service vouches for it. */
export interface CustodyKey {
  /** Its id in the keyset, for causes. */
  readonly id: string;
  /** Its role in the keyset, for causes. */
  readonly role: string;
  /** `secp256k1` and `ed25519` can be vouched for, and `x25519` by way of the latter; no other algorithm. */
  readonly algorithm: string;
  /** secp256k1: 65 bytes, uncompressed. ed25519, x25519: 32 bytes. */
  readonly publicKey: Uint8Array;
  /** What the key must have been asked for: the purpose of its role, never one the gateway states. */
  readonly purpose: string;
  /**
   * Signature of the application's root, then that of the service; for x25519 also the Ed25519 public key they are over.
   * Attacker-controlled.
   */
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
 * @param recover finds the signer. Default {@link recoverSigner}; many keys share their second signature
 * @returns undefined if the chain is not of this form
 */
export function recoverCustody(
  key: CustodyKey,
  appId: Uint8Array,
  recover: typeof recoverSigner = recoverSigner,
): CustodyRoots | undefined {
  const [keySignature, rootSignature, ...others] = key.custodyChain;
  const signed = signedForm(key, others);
  if (signed === undefined || keySignature === undefined || rootSignature === undefined) return undefined;
  const appRoot = recover(keySignature, utf8ToBytes(`${key.purpose}:${bytesToHex(signed)}`));
  if (appRoot === undefined) return undefined;
  if (rootSignature.length === 0) return { appRoot, kmsRoot: undefined };
  const kmsRoot = recover(rootSignature, concatBytes(ISSUED, appId, appRoot));
  return kmsRoot && { appRoot, kmsRoot };
}

/**
 * The public key as it is signed: secp256k1 compressed, 33 bytes; ed25519 as it is, 32 bytes. For x25519 it is the
 * Ed25519 key whose Montgomery form (RFC 7748, 4.1) the key is: it has the same private scalar.
 *
 * @param others what the chain holds beside the two signatures
 */
function signedForm({ algorithm, publicKey }: CustodyKey, others: readonly Uint8Array[]): Uint8Array | undefined {
  const [edwards, ...surplus] = others;
  if (surplus.length > 0 || (edwards !== undefined) !== (algorithm === "x25519")) return undefined;
  if (edwards !== undefined) {
    // The test of form comes first: it keeps out what has no Montgomery form.
    if (!isEd25519PublicKey(edwards)) return undefined;
    return equalBytes(ed25519.utils.toMontgomery(edwards), publicKey) ? edwards : undefined;
  }
  if (algorithm === "ed25519") return isEd25519PublicKey(publicKey) ? publicKey : undefined;
  if (algorithm !== "secp256k1" || !isSecp256k1PublicKey(publicKey)) return undefined;
  return secp256k1.Point.fromBytes(publicKey).toBytes(true);
}
