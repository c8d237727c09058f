export {
  MAX_ID_LENGTH,
  type MemoryStoreOptions,
  memorySignatureStore,
  type SignatureRecord,
  type SignatureScope,
  type SignatureStore,
} from "./signature-store.ts";
