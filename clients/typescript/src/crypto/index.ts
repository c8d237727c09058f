export { crypto } from "#crypto";
export type { CryptoProvider, EcdsaInput, EllipticCurve, HashAlgorithm } from "./crypto-provider.ts";
export { COORDINATE_BYTES } from "./crypto-provider.ts";
export { isP256Point } from "./p256-point.ts";
