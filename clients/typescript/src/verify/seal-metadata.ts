import { create, equals, fromBinary } from "@bufbuild/protobuf";
import {
  ConstraintsSchema,
  type ModelDigest,
  ModelDigestSchema,
  RequestForm,
  type SealMetadata,
  SealMetadataSchema,
} from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { equalBytes, type SealStatusName } from "../transcript/index.ts";
import type { Exchange } from "./exchange.ts";
import { modelDigestFault } from "./model-digest.ts";

/** What the first message of a stream promised. A unary call has none. */
export interface Promised {
  readonly receiptId: string;
  readonly modelDigest?: ModelDigest | undefined;
}

/**
 * Decodes the metadata of a seal whose signatures were verified, and compares every field with what the client knows.
 *
 * @param promised what `accepted` said; undefined in a unary call
 * @throws CountersignError `message.malformed`, `seal.body`, `seal.field`
 */
export function openSealMetadata(
  bytes: Uint8Array,
  status: SealStatusName,
  bodyDigest: Uint8Array,
  exchange: Exchange,
  promised: Promised | undefined,
): SealMetadata & { modelDigest: ModelDigest } {
  const metadata = decode(bytes);
  const { modelDigest } = metadata;
  if (!equalBytes(metadata.bodyDigest, bodyDigest)) {
    throw new CountersignError("seal.body", "the seal has another body digest than the chunks received");
  }
  if (metadata.method !== exchange.method) throw field("method");
  if (metadata.model !== exchange.model) throw field("model");
  if (modelDigest === undefined || modelDigestFault(modelDigest, exchange) !== undefined) throw field("model_digest");
  if (promised?.modelDigest !== undefined && !equals(ModelDigestSchema, promised.modelDigest, modelDigest)) {
    throw field("model_digest");
  }
  if (metadata.receiptId === "" || (promised !== undefined && metadata.receiptId !== promised.receiptId)) {
    throw field("receipt_id");
  }
  if (metadata.requestForm !== (exchange.requestForm ?? RequestForm.PAYLOAD)) throw field("request_form");
  if (!equalBytes(metadata.keysetDigest, exchange.keyset.digest)) throw field("keyset_digest");
  if (!sameConstraints(metadata, exchange)) throw field("constraints");
  if (status === "complete" && metadata.failureReason !== "") throw field("failure_reason");
  return { ...metadata, modelDigest };
}

function decode(bytes: Uint8Array): SealMetadata {
  try {
    return fromBinary(SealMetadataSchema, bytes);
  } catch (cause) {
    throw new CountersignError("message.malformed", "the seal's metadata is not a serialised message", { cause });
  }
}

/** A gateway may echo "none" as an absent or as an empty message; both demand nothing. */
function sameConstraints(metadata: SealMetadata, exchange: Exchange): boolean {
  const none = create(ConstraintsSchema);
  return equals(ConstraintsSchema, metadata.constraints ?? none, exchange.constraints ?? none);
}

function field(name: string): CountersignError {
  return new CountersignError("seal.field", `the seal's ${name} is not what this client knows of the exchange`);
}
