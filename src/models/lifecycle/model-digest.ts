import { equalBytes } from "@countersign/client/transcript";

/** What a model digest is a digest of: `static` is a value from configuration, `none` is no digest at all. */
export const DIGEST_KINDS = ["none", "verity", "file-manifest", "index", "static"] as const;
export type ModelDigestKind = (typeof DIGEST_KINDS)[number];

/** The digest of a model's bytes as an engine opened them. */
export interface ModelDigest {
  readonly kind: ModelDigestKind;
  /** 32 bytes; empty with kind `none`. */
  readonly value: Uint8Array;
}

export const NO_DIGEST: ModelDigest = { kind: "none", value: new Uint8Array(0) };

export function sameDigest(one: ModelDigest, other: ModelDigest): boolean {
  return one.kind === other.kind && equalBytes(one.value, other.value);
}
