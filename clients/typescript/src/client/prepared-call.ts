import type { ProofOptions } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type Constraints, RequestForm } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type AnswerOpener, createAnswerOpener, envelopeKey, sealRequest } from "../envelope/index.ts";
import type { Keyset } from "../signing/index.ts";
import { requestDigest } from "../transcript/index.ts";
import type { Exchange } from "../verify/index.ts";

/** A call as its caller describes it, before anybody knows whose keys it is for. */
export interface CallDraft {
  /** Full method name. */
  readonly method: string;
  readonly model: string;
  readonly constraints?: Constraints;
  readonly proof?: ProofOptions;
  /** The serialised typed input. */
  readonly input: Uint8Array;
}

/** The clear fields and the input that every request message has. */
export interface Request {
  readonly model: string;
  readonly constraints?: Constraints;
  readonly proof?: ProofOptions;
  readonly input: { readonly case: "payload" | "envelope"; readonly value: Uint8Array };
}

/** A call that is ready to be sent. */
export interface PreparedCall {
  readonly request: Request;
  /** What its answer is compared with. */
  readonly exchange: Exchange;
  /** Opens its answer; undefined where the call is not encrypted. */
  readonly answer: AnswerOpener | undefined;
}

/**
 * Makes a call ready to be sent, encrypted if it is to be. There is no way from one to the other.
 *
 * @param now the clock, Unix milliseconds
 * @throws CountersignError `envelope.unavailable`
 */
export async function prepareCall(
  draft: CallDraft,
  keyset: Keyset,
  encrypt: boolean,
  now: () => number,
): Promise<PreparedCall> {
  const { method, input, ...clear } = draft;
  const { model, constraints } = clear;
  const known = { method, model, constraints, keyset, now };
  if (!encrypt) {
    return {
      request: { ...clear, input: { case: "payload", value: input } },
      exchange: { ...known, requestDigest: requestDigest(input), requestForm: RequestForm.PAYLOAD },
      answer: undefined,
    };
  }
  const at = now();
  const { id: keyId, publicKey } = envelopeKey(keyset, at);
  const createdUnixMs = BigInt(Math.trunc(at));
  const { envelope, answer } = await sealRequest(
    { keysetDigest: keyset.digest, keyId, method, model, constraints },
    publicKey,
    { createdUnixMs, input },
  );
  return {
    request: { ...clear, input: { case: "envelope", value: envelope } },
    exchange: { ...known, requestDigest: answer.requestDigest, requestForm: RequestForm.ENVELOPE },
    answer: createAnswerOpener(answer),
  };
}
