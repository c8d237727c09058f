import { createCipheriv, createHmac } from "node:crypto";
import { x25519 } from "@noble/curves/ed25519.js";
import { utf8 } from "./authority.ts";

/** What a sender makes of one ephemeral key. */
export interface HpkeSender {
  /** 32 bytes. */
  readonly enc: Uint8Array;
  /** The first ciphertext of the context, tag included. */
  readonly ciphertext: Uint8Array;
  export(context: Uint8Array, length: number): Uint8Array;
}

/** One sealed message. */
export interface HpkeInput {
  /** X25519 private key, 32 bytes. Libraries draw it and do not let it be given. */
  readonly ephemeralSecret: Uint8Array;
  /** The recipient's, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
}

const NONE = new Uint8Array();
/** "KEM" ‖ 0x0020, and "HPKE" ‖ 0x0020 ‖ 0x0001 ‖ 0x0002 (RFC 9180, 4.1 and 5.1). */
const KEM_SUITE = Buffer.from("4b454d0020", "hex");
const HPKE_SUITE = Buffer.from("48504b45002000010002", "hex");

/** HKDF-Extract with SHA-256 (RFC 5869, 2.2). */
export function hkdfExtract(salt: Uint8Array, ikm: Uint8Array): Uint8Array {
  return createHmac("sha256", salt).update(ikm).digest();
}

/** HKDF-Expand with SHA-256 (RFC 5869, 2.3). */
export function hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  let block: Uint8Array = NONE;
  const blocks: Uint8Array[] = [];
  for (let at = 1; blocks.length * 32 < length; at++) {
    block = createHmac("sha256", prk).update(block).update(info).update(Uint8Array.of(at)).digest();
    blocks.push(block);
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** AES-256-GCM, ciphertext ‖ tag. */
export function aesGcmSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return hkdfExtract(salt, Buffer.concat([utf8("HPKE-v1"), suite, utf8(label), ikm]));
}

function labeledExpand(suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number) {
  const lengthBytes = Uint8Array.of(length >> 8, length & 0xff);
  return hkdfExpand(prk, Buffer.concat([lengthBytes, utf8("HPKE-v1"), suite, utf8(label), info]), length);
}

/** SetupBaseS, the first Seal and Export of RFC 9180, written from its text: it has to agree with any library. */
export function hpkeSend({ ephemeralSecret, publicKey, info, aad, plaintext }: HpkeInput): HpkeSender {
  const enc = x25519.getPublicKey(ephemeralSecret);
  const dh = x25519.getSharedSecret(ephemeralSecret, publicKey);
  const eae = labeledExtract(KEM_SUITE, NONE, "eae_prk", dh);
  const shared = labeledExpand(KEM_SUITE, eae, "shared_secret", Buffer.concat([enc, publicKey]), 32);
  const schedule = Buffer.concat([
    Uint8Array.of(0x00),
    labeledExtract(HPKE_SUITE, NONE, "psk_id_hash", NONE),
    labeledExtract(HPKE_SUITE, NONE, "info_hash", info),
  ]);
  const secret = labeledExtract(HPKE_SUITE, shared, "secret", NONE);
  const key = labeledExpand(HPKE_SUITE, secret, "key", schedule, 32);
  const nonce = labeledExpand(HPKE_SUITE, secret, "base_nonce", schedule, 12);
  const exporter = labeledExpand(HPKE_SUITE, secret, "exp", schedule, 32);
  return {
    enc,
    ciphertext: aesGcmSeal(key, nonce, aad, plaintext),
    export: (context, length) => labeledExpand(HPKE_SUITE, exporter, "sec", context, length),
  };
}
