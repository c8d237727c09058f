/** What a model digest is a digest of, from the strongest to none. */
export type DigestKind = "verity" | "file-manifest" | "index" | "static" | "none";

/** What each kind says about a model's bytes, for people. */
export const DIGEST_COVERAGE: Readonly<Record<DigestKind, string>> = {
  verity: "every byte of the volume, and its shape",
  "file-manifest": "name and content of every file, as they were when they were hashed",
  index: "names of the weights and the files they are in; not one weight",
  static: "nothing: somebody's word",
  none: "nothing",
};
