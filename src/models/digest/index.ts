export { DIGEST_COVERAGE, type DigestKind } from "./digest-kind.ts";
export {
  confirmUnchanged,
  type FileManifest,
  fileManifest,
  type ManifestEntry,
  type ManifestOptions,
} from "./file-manifest.ts";
export { INDEX_NAME, indexDigest } from "./index-digest.ts";
export { type ModelFile, modelFiles } from "./model-tree.ts";
export { parseRootPin, type RootPin, readRootFile, registeredRoot } from "./roothash-registry.ts";
