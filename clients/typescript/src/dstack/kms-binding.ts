import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** What ties the two roots of a key management service together. */
export interface KmsBinding {
  /** DER SubjectPublicKeyInfo of the service's CA, as `key-provider` of the verified event log names it. */
  readonly caCertificateSpki: Uint8Array;
  /** The secp256k1 root that signs custody, compressed, 33 bytes. */
  readonly k256Root: Uint8Array;
  /** report_data of the service's own quote, 64 bytes, of a *verified* quote. */
  readonly reportData: Uint8Array;
}

/** The report_data under which a key management service attests its roots: Keccak-256 and 32 zeros, 64 bytes. */
export function kmsReportData(caCertificateSpki: Uint8Array, k256Root: Uint8Array): Uint8Array {
  // dstack spells the word this way.
  const text = `dstack-kms-genereted-keys-v1:${bytesToHex(caCertificateSpki)};${bytesToHex(k256Root)};`;
  const reportData = new Uint8Array(64);
  reportData.set(keccak_256(utf8ToBytes(text)));
  return reportData;
}
