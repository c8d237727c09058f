import type { Accepted } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { equalBytes } from "../transcript/index.ts";
import type { Exchange } from "./exchange.ts";
import { modelDigestFault } from "./model-digest.ts";

/**
 * Holds the first message of a stream against the exchange.
 *
 * @throws CountersignError `transcript.request`, `keyset.untrusted`, `accepted.field`
 */
export function verifyAccepted(accepted: Accepted, exchange: Exchange): void {
  if (!equalBytes(accepted.requestDigest, exchange.requestDigest)) {
    throw new CountersignError("transcript.request", "the gateway accepted another request than the one sent");
  }
  if (!equalBytes(accepted.keysetDigest, exchange.keyset.digest)) {
    throw new CountersignError(
      "keyset.untrusted",
      "the stream is signed with another keyset than the trusted one; after a key rotation, fetch and pin it anew",
    );
  }
  if (accepted.receiptId === "") throw new CountersignError("accepted.field", "the first message names no receipt");
  const fault = modelDigestFault(accepted.modelDigest, exchange);
  if (fault !== undefined) throw new CountersignError("accepted.field", `the first message is wrong: ${fault}`);
}
