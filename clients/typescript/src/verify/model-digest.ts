import { equals } from "@bufbuild/protobuf";
import {
  type ModelDigest,
  ModelDigestKind,
  ModelDigestSchema,
} from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { DIGEST_BYTES } from "../transcript/index.ts";
import type { Exchange } from "./exchange.ts";

/**
 * What is wrong with a model digest the gateway states: it must be there, have a known kind, the length its kind fixes,
 * and be the one the constraints demand if they demand one.
 *
 * @returns undefined if nothing is
 */
export function modelDigestFault(digest: ModelDigest | undefined, exchange: Exchange): string | undefined {
  if (digest === undefined) return "it names no model digest";
  switch (digest.kind) {
    case ModelDigestKind.NONE:
      if (digest.value.length !== 0) return "its model digest has kind NONE and a value";
      break;
    case ModelDigestKind.VERITY:
    case ModelDigestKind.FILE_MANIFEST:
    case ModelDigestKind.INDEX:
    case ModelDigestKind.STATIC:
      if (digest.value.length !== DIGEST_BYTES) return `its model digest has ${digest.value.length} bytes, not 32`;
      break;
    default:
      return "its model digest has no kind this client knows";
  }
  const demanded = exchange.constraints?.modelDigest;
  if (demanded !== undefined && !equals(ModelDigestSchema, demanded, digest)) {
    return "its model digest is not the one the constraints demand";
  }
  return undefined;
}
