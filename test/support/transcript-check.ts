import { createHash } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { type ChatChunk, ChatChunkSchema } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import type { StreamChatResponse } from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import {
  type Seal,
  type SealMetadata,
  SealMetadataSchema,
  SealStatus,
} from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { SigningIdentity } from "../../src/signing/index.ts";
import { recoverAddress, verifyEd25519 } from "./signature-check.ts";

const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const STATUS_WORDS: Readonly<Record<SealStatus, string>> = {
  [SealStatus.UNSPECIFIED]: "",
  [SealStatus.COMPLETE]: "complete",
  [SealStatus.UPSTREAM_FAILED]: "upstream_failed",
  [SealStatus.CANCELLED]: "cancelled",
};

/** What a stream was, after every hash and signature in it has been recomputed. */
export interface CheckedStream {
  readonly status: SealStatus;
  readonly metadata: SealMetadata;
  readonly chunks: readonly ChatChunk[];
  readonly text: string;
  readonly receiptId: string;
  readonly signedText: string;
  readonly checkpoints: number;
  /** How the call ended after the seal. */
  readonly error: ConnectError | undefined;
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: got ${String(actual)}, recomputed ${String(expected)}`);
}

/** Checks a seal against what was sent and received; see the normative text in transcript.proto. Throws if it is wrong. */
export function checkSeal(
  seal: Seal,
  request: Uint8Array,
  payloads: readonly Uint8Array[],
  signer: SigningIdentity,
): SealMetadata {
  const digest = sha256(request);
  let running = sha256("countersign.stream.v1\0", digest);
  for (const payload of payloads) running = sha256(running, payload);
  const metadata = fromBinary(SealMetadataSchema, seal.metadata);
  const status = STATUS_WORDS[seal.status];
  const text = `countersign.stream.v1:${status}:${hex(digest)}:${payloads.length}:${hex(running)}:${hex(sha256(seal.metadata))}`;
  expectEqual("q", hex(seal.requestDigest), hex(digest));
  expectEqual("n", seal.chunkCount, BigInt(payloads.length));
  expectEqual("h_n", hex(seal.finalHash), hex(running));
  expectEqual("b", hex(metadata.bodyDigest), hex(sha256(...payloads)));
  expectEqual("signed text", seal.signedText, text);
  expectEqual("ecdsa signer", recoverAddress(text, seal.ecdsa?.value ?? new Uint8Array(65)), signer.ecdsaAddress);
  expectEqual("ecdsa key id", seal.ecdsa?.keyId, signer.ecdsaKeyId);
  const edwards = seal.ed25519?.value ?? new Uint8Array(64);
  expectEqual("ed25519", verifyEd25519(text, edwards, signer.ed25519PublicKey), true);
  expectEqual("ed25519 key id", seal.ed25519?.keyId, signer.ed25519KeyId);
  return metadata;
}

/**
 * Reads a StreamChat to its end and recomputes everything from `request` (the payload sent) and the chunks received,
 * sharing no code with the gateway. Throws if the stream has no seal, goes on after it, or anything in it is wrong.
 */
export async function checkStream(
  stream: AsyncIterable<StreamChatResponse>,
  request: Uint8Array,
  signer: SigningIdentity,
): Promise<CheckedStream> {
  const digest = sha256(request);
  let running = sha256("countersign.stream.v1\0", digest);
  const payloads: Uint8Array[] = [];
  const chunks: ChatChunk[] = [];
  let receiptId = "";
  let seal: Seal | undefined;
  let error: ConnectError | undefined;
  let checkpoints = 0;
  try {
    for await (const { event } of stream) {
      if (seal !== undefined) throw new Error("a message after the seal");
      if (event.case === "accepted") {
        expectEqual("accepted once", receiptId, "");
        expectEqual("accepted q", hex(event.value.requestDigest), hex(digest));
        receiptId = event.value.receiptId;
      } else if (event.case === "chunk") {
        const { sequence, payload, runningHash } = event.value;
        running = sha256(running, payload);
        payloads.push(payload);
        expectEqual("sequence", sequence, BigInt(payloads.length));
        expectEqual("h_i", hex(runningHash), hex(running));
        chunks.push(fromBinary(ChatChunkSchema, payload));
      } else if (event.case === "checkpoint") {
        const { sequence, runningHash, ed25519 } = event.value;
        checkpoints++;
        expectEqual("checkpoint i", sequence, BigInt(payloads.length));
        expectEqual("checkpoint h_i", hex(runningHash), hex(running));
        const text = `countersign.checkpoint.v1:${hex(digest)}:${sequence}:${hex(running)}`;
        const valid = verifyEd25519(text, ed25519?.value ?? new Uint8Array(64), signer.ed25519PublicKey);
        expectEqual("checkpoint signature", valid, true);
      } else if (event.case === "seal") {
        seal = event.value;
      } else {
        throw new Error("an empty message");
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof ConnectError)) throw thrown;
    error = thrown;
  }
  if (seal === undefined) throw new Error(`no seal; the call ended with ${String(error)}`);
  const metadata = checkSeal(seal, request, payloads, signer);
  expectEqual("receipt id", metadata.receiptId, receiptId);
  const text = chunks
    .flatMap(({ deltas }) => deltas)
    .map(({ content }) => content)
    .join("");
  return { status: seal.status, metadata, chunks, text, receiptId, signedText: seal.signedText, checkpoints, error };
}
