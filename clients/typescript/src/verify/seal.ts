import { KeyAlgorithm, KeyRole } from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import type { Seal, Signature } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { verifyEcdsa, verifyEd25519 } from "../signing/index.ts";
import { equalBytes, type RunningHash, sealStatusName, sealText } from "../transcript/index.ts";
import type { Exchange } from "./exchange.ts";
import { openSealMetadata, type Promised } from "./seal-metadata.ts";
import type { VerifiedSeal } from "./verified-seal.ts";

/**
 * Verifies a seal against the reader's own state, in this order: status, count, request digest, final hash, the signed
 * text as rebuilt here, both signatures, and only then, from metadata now known to be signed, every field of it.
 *
 * @param transcript the reader's own transcript of what it received
 * @param promised what `accepted` said; undefined in a unary call
 * @throws CountersignError `seal.status`, `seal.count`, `seal.request`, `seal.hash`, `seal.text`, `seal.ecdsa`,
 *   `seal.ed25519`, `keyset.key`, `message.malformed`, `seal.body`, `seal.field`
 */
export function verifySeal(
  seal: Seal,
  exchange: Exchange,
  transcript: RunningHash,
  promised: Promised | undefined,
): VerifiedSeal {
  const status = sealStatusName(seal.status);
  if (status === undefined) throw new CountersignError("seal.status", "the seal's status is none this client knows");
  if (seal.chunkCount !== transcript.count) {
    throw new CountersignError("seal.count", `the seal counts ${seal.chunkCount} chunks, ${transcript.count} arrived`);
  }
  if (!equalBytes(seal.requestDigest, exchange.requestDigest)) {
    throw new CountersignError("seal.request", "the seal has another request digest than the request sent");
  }
  const finalHash = transcript.value;
  if (!equalBytes(seal.finalHash, finalHash)) {
    throw new CountersignError("seal.hash", "the seal has another final hash than the chunks received");
  }
  const { requestDigest } = exchange;
  const text = sealText({ status, requestDigest, chunkCount: transcript.count, finalHash, metadata: seal.metadata });
  if (seal.signedText !== text) {
    throw new CountersignError("seal.text", "the seal's signed text is not that of this exchange");
  }
  const ecdsa = verifySealEcdsa(seal.ecdsa, text, exchange);
  const ed25519 = verifySealEd25519(seal.ed25519, text, exchange);
  const bodyDigest = transcript.bodyDigest();
  const metadata = openSealMetadata(seal.metadata, status, bodyDigest, exchange, promised);
  return {
    status,
    chunkCount: transcript.count,
    requestDigest,
    finalHash,
    bodyDigest,
    model: metadata.model,
    modelDigest: metadata.modelDigest,
    responseId: metadata.responseId,
    receiptId: metadata.receiptId,
    createdUnixMs: metadata.createdUnixMs,
    sealedUnixMs: metadata.sealedUnixMs,
    usage: metadata.usage,
    failureReason: metadata.failureReason,
    keysetDigest: metadata.keysetDigest,
    signedText: text,
    metadata: seal.metadata,
    ecdsa,
    ed25519,
  };
}

function verifySealEcdsa(signature: Signature | undefined, text: string, exchange: Exchange): Signature {
  if (signature === undefined) throw new CountersignError("seal.ecdsa", "the seal has no ECDSA signature");
  const key = exchange.keyset.find(signature.keyId, KeyRole.STREAM, KeyAlgorithm.SECP256K1, exchange.now());
  if (!verifyEcdsa(signature.value, text, key)) {
    throw new CountersignError("seal.ecdsa", "the seal's ECDSA signature is not valid");
  }
  return signature;
}

function verifySealEd25519(signature: Signature | undefined, text: string, exchange: Exchange): Signature {
  if (signature === undefined) throw new CountersignError("seal.ed25519", "the seal has no Ed25519 signature");
  const key = exchange.keyset.find(signature.keyId, KeyRole.STREAM, KeyAlgorithm.ED25519, exchange.now());
  if (!verifyEd25519(signature.value, text, key)) {
    throw new CountersignError("seal.ed25519", "the seal's Ed25519 signature is not valid");
  }
  return signature;
}
