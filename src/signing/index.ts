export { type DualSignature, type DualSigner, dualSigner, type SigningIdentity } from "./dual-signer.ts";
export { eip191Digest, ethereumAddress } from "./eip191.ts";
export { generatedKeySource } from "./generated-key-source.ts";
export { keyId } from "./key-id.ts";
export type { SigningAlgorithm, SigningRole } from "./key-role.ts";
export type { KeySource, SecretKey } from "./key-source.ts";
export { type ExchangeStatus, type ResponseTextForm, type ResponseTextInput, responseText } from "./response-text.ts";
export { secp256k1 } from "./secp256k1.ts";
export { loadSigningKeys, type SigningKeys } from "./signing-keys.ts";
