export { DerError } from "./der-error.ts";
export { type DerElement, DerReader, readerOf, readSingle } from "./der-reader.ts";
export { ecdsaSignatureFromDer } from "./ecdsa-signature.ts";
export { contextTag, TAG } from "./tag.ts";
