import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  AttestConnectionRequestSchema,
  AttestConnectionResponseSchema,
  type Evidence,
} from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { CountersignError } from "../errors/index.ts";

/** Path of the method, below the gateway's prefix. */
export const ATTEST_PATH = "/countersign.attestation.v1.AttestationService/AttestConnection";

/** Largest answer that is read. Bytes: a quote, an event log, collateral, and the evidence of a node's devices. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Headers of a unary call of the Connect protocol. No token: nothing of the caller's leaves before verification. */
export const ATTEST_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "application/proto",
  "connect-protocol-version": "1",
  "accept-encoding": "identity",
};

/** An HTTP answer, read completely. */
export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly body: Uint8Array;
}

/** The body of the call. */
export function attestBody(nonce: Uint8Array): Uint8Array {
  return toBinary(AttestConnectionRequestSchema, create(AttestConnectionRequestSchema, { nonce }));
}

/**
 * The evidence of an answer.
 *
 * @param answer attacker-controlled, and bounded by {@link MAX_ANSWER_BYTES}
 * @throws CountersignError `attestation.unavailable`; what the gateway said is not repeated
 */
export function evidenceOf({ status, contentType, contentEncoding, body }: Answer): Evidence {
  if (status !== 200) throw unavailable(`the gateway answered AttestConnection with status ${status}`);
  if (contentType !== "application/proto" || (contentEncoding ?? "identity") !== "identity") {
    throw unavailable("the gateway answered AttestConnection in another form than it was asked in");
  }
  let evidence: Evidence | undefined;
  try {
    evidence = fromBinary(AttestConnectionResponseSchema, body).evidence;
  } catch (cause) {
    throw unavailable("the gateway's answer to AttestConnection is not a serialised message", { cause });
  }
  if (evidence === undefined) throw unavailable("the gateway's answer to AttestConnection holds no evidence");
  return evidence;
}

/** No evidence was obtained. */
export function unavailable(what: string, options?: ErrorOptions): CountersignError {
  return new CountersignError("attestation.unavailable", what, options);
}
