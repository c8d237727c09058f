import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { type RestAnswer, type RestCall, rest } from "./rest-call.ts";

/** The answer of `GET /v1/signature/{id}`. */
export interface SignatureAnswer {
  readonly text: string;
  readonly signature: string;
  readonly signing_address: string;
  readonly signing_algo: string;
  readonly key_id: string;
  readonly status: string;
  readonly response_id: string;
  readonly receipt_id: string;
}

export function sha256Hex(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** EIP-191 version 0x45: what an Ethereum wallet signs for a text. */
export function personalMessageDigest(text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  return keccak_256(Buffer.concat([Buffer.from(`\x19Ethereum Signed Message:\n${bytes.length}`, "latin1"), bytes]));
}

/** Address whose key made an EIP-191 signature `r ‖ s ‖ v`, lower case with 0x. Written against noble alone. */
export function recoverAddress(text: string, signature: Uint8Array): string {
  const recovery = (signature[64] ?? 0) - 27;
  const publicKey = secp256k1.Signature.fromBytes(signature.subarray(0, 64))
    .addRecoveryBit(recovery)
    .recoverPublicKey(personalMessageDigest(text))
    .toBytes(false);
  return `0x${Buffer.from(keccak_256(publicKey.subarray(1)).subarray(12)).toString("hex")}`;
}

export function verifyEd25519(text: string, signature: Uint8Array, publicKey: Uint8Array): boolean {
  return ed25519.verify(signature, Buffer.from(text, "utf8"), publicKey);
}

/** Whether a record's signature is valid under the address in it. */
export function signatureHolds(record: SignatureAnswer): boolean {
  const hex = record.signature.replace(/^0x/, "");
  const signature = Buffer.from(hex, "hex");
  if (record.signing_algo === "ecdsa") {
    return record.signature.startsWith("0x") && recoverAddress(record.text, signature) === record.signing_address;
  }
  return verifyEd25519(record.text, signature, Buffer.from(record.signing_address, "hex"));
}

/** Asks for a signature. */
export function lookUp(
  base: string,
  id: string,
  algorithm?: string,
  options: Omit<RestCall, "path"> = {},
): Promise<RestAnswer> {
  const query = algorithm === undefined ? "" : `?signing_algo=${algorithm}`;
  return rest(base, { ...options, path: `/v1/signature/${encodeURIComponent(id)}${query}` });
}

/** Asks for both signatures of an exchange, checks them with noble, and returns the record. Throws if one is not valid. */
export async function verifiedRecord(base: string, id: string, options: Omit<RestCall, "path"> = {}) {
  const records: SignatureAnswer[] = [];
  for (const algorithm of ["ecdsa", "ed25519"]) {
    const answer = await lookUp(base, id, algorithm, options);
    const text = answer.body.toString("utf8");
    if (answer.status !== 200) throw new Error(`lookup answered ${answer.status}: ${text}`);
    const record = JSON.parse(text) as SignatureAnswer;
    if (record.signing_algo !== algorithm) throw new Error(`asked for ${algorithm}, got ${record.signing_algo}`);
    if (!signatureHolds(record)) throw new Error(`the ${algorithm} signature is not valid`);
    records.push(record);
  }
  const [ecdsa, edwards] = records as [SignatureAnswer, SignatureAnswer];
  if (ecdsa.text !== edwards.text) throw new Error("the two signatures cover different texts");
  return ecdsa;
}
