import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from "hpke";

/** The one HPKE suite of envelopes (RFC 9180, 7): 0x0020, 0x0001, 0x0002. */
export const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

/** Length of `enc` and of an X25519 public key (RFC 9180, 7.1). Bytes. */
export const ENCAPSULATED_KEY_BYTES = 32;
/** Length of an AES-256-GCM tag (RFC 9180, 7.3). Bytes. */
export const TAG_BYTES = 16;
