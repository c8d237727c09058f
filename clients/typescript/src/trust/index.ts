export {
  createAttestedKeysetSource,
  createKeysetSource,
  type FetchKeyset,
  type KeyProvingConnections,
  type KeysetSource,
} from "./keyset-source.ts";
export {
  type AttestedTrust,
  type AttestedTrustOptions,
  assertTrust,
  attestedKeyset,
  keysetBytes,
  pinnedKeyset,
  type Trust,
  unattestedKeyset,
} from "./trust.ts";
