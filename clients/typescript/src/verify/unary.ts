import { type Seal, SealStatus } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { createRunningHash } from "../transcript/index.ts";
import type { Exchange } from "./exchange.ts";
import { IncompleteError } from "./incomplete-error.ts";
import { verifySeal } from "./seal.ts";
import type { VerifiedSeal } from "./verified-seal.ts";

/** The response of every unary method: the payload of the only chunk, and the seal. */
export interface UnaryResponse {
  readonly payload: Uint8Array;
  readonly seal?: Seal | undefined;
}

/**
 * Verifies a unary answer: a stream of one chunk. An answer that did not complete may have none.
 *
 * @returns the seal; `response.payload` is then verified and safe to decode
 * @throws CountersignError as {@link verifySeal}, `seal.missing`; {@link IncompleteError} if it is not complete
 */
export function verifyUnary(response: UnaryResponse, exchange: Exchange): VerifiedSeal {
  const { payload, seal } = response;
  if (seal === undefined) throw new CountersignError("seal.missing", "the answer carries no seal");
  const transcript = createRunningHash(exchange.requestDigest);
  // An empty payload alone does not tell no chunk from an empty chunk; the signed count does.
  const isEmpty = payload.length === 0 && seal.chunkCount === 0n && seal.status !== SealStatus.COMPLETE;
  if (!isEmpty) transcript.absorb(payload);
  const verified = verifySeal(seal, exchange, transcript, undefined);
  if (verified.status !== "complete") throw new IncompleteError(verified);
  return verified;
}
