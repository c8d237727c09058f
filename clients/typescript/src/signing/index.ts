export { ED25519_PUBLIC_KEY_BYTES, ED25519_SIGNATURE_BYTES, isEd25519PublicKey, verifyEd25519 } from "./ed25519.ts";
export { eip191Digest } from "./eip191.ts";
export { ethereumAddress } from "./ethereum-address.ts";
export { keyId } from "./key-id.ts";
export { CLOCK_LEEWAY_MS, type Keyset, parseKeyset } from "./keyset.ts";
export { parseResponseText, RESPONSE_VERSION, type ResponseText } from "./response-text.ts";
export {
  ECDSA_SIGNATURE_BYTES,
  isSecp256k1PublicKey,
  SECP256K1_PUBLIC_KEY_BYTES,
  verifyEcdsa,
} from "./secp256k1.ts";
