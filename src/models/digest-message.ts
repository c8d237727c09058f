import { ModelDigestKind as WireKind } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { DIGEST_KINDS, type ModelDigest, type ModelDigestKind } from "./lifecycle/index.ts";

const WIRE: Readonly<Record<ModelDigestKind, WireKind>> = {
  none: WireKind.NONE,
  verity: WireKind.VERITY,
  "file-manifest": WireKind.FILE_MANIFEST,
  index: WireKind.INDEX,
  static: WireKind.STATIC,
};

/** The fields of a `countersign.transcript.v1.ModelDigest`. */
export interface DigestFields {
  readonly kind: WireKind;
  readonly value: Uint8Array<ArrayBuffer>;
}

/** A digest as it stands in messages. */
export function digestFields({ kind, value }: ModelDigest): DigestFields {
  return { kind: WIRE[kind], value: new Uint8Array(value) };
}

/** A digest out of a message from outside; undefined unless kind and length belong together. */
export function readDigest({
  kind,
  value,
}: {
  readonly kind: WireKind;
  readonly value: Uint8Array;
}): ModelDigest | undefined {
  const known = DIGEST_KINDS.find((name) => WIRE[name] === kind);
  if (known === undefined || value.length !== (known === "none" ? 0 : 32)) return undefined;
  return { kind: known, value };
}
