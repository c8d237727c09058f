export { createKeysetSource, type FetchKeyset, type KeysetSource } from "./keyset-source.ts";
export { keysetBytes, pinnedKeyset, type Trust, unattestedKeyset } from "./trust.ts";
