import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ENCAPSULATED_KEY_BYTES,
  type EnvelopeCall,
  envelopeContext,
  hasRequestLength,
  openRequest,
} from "@countersign/client/envelope";
import { equalBytes } from "@countersign/client/transcript";
import { type SealedRequest, SealedRequestSchema } from "../../gen/ts/countersign/envelope/v1/envelope_pb.ts";
import { GatewayError } from "../errors/index.ts";
import { sha256 } from "../exchange/index.ts";
import type { SigningKeys } from "../signing/index.ts";
import { type AnswerSealer, createAnswerSealer } from "./answer-sealer.ts";
import { type Admission, CLOCK_WINDOW_MS, createReplayWindow } from "./replay-window.ts";

/** An encrypted request that was opened, once and never again. */
export interface OpenedEnvelope {
  /** The serialised typed input. */
  readonly input: Uint8Array;
  /** Seals its answer. */
  readonly sealer: AnswerSealer;
}

/** Opens encrypted requests. */
export interface EnvelopeOpener {
  /** Requests remembered against replays. */
  readonly remembered: number;
  /**
   * Opens a request. `envelope` is attacker-controlled, and the clear fields of the call are until it has opened.
   *
   * @throws GatewayError `envelope_invalid`, `envelope_key_unknown`, `envelope_stale`, `envelope_replayed`,
   *   `rate_limited`
   */
  open(call: Pick<EnvelopeCall, "method" | "model" | "constraints">, envelope: Uint8Array): Promise<OpenedEnvelope>;
}

export interface EnvelopeOpenerOptions {
  readonly keys: Pick<SigningKeys, "envelope" | "keysetDigest">;
  /** Most requests remembered against replays. */
  readonly maxRemembered: number;
  /** Unix milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
}

export function createEnvelopeOpener({ keys, maxRemembered, now = Date.now }: EnvelopeOpenerOptions): EnvelopeOpener {
  const window = createReplayWindow(maxRemembered);
  const { id: keyId, pair } = keys.envelope;
  const { keysetDigest } = keys;
  return {
    get remembered() {
      return window.size;
    },
    async open(call, envelope) {
      const sealed = decode(envelope);
      const { encapsulatedKey, ciphertext } = sealed;
      // The digest of this process's keyset: what was made for another process, or before a restart, is not opened.
      if (!equalBytes(sealed.keysetDigest, keysetDigest) || sealed.keyId !== keyId) {
        throw refusal("envelope_key_unknown", "is for a keyset or key this gateway does not hold; get its keyset anew");
      }
      const context = envelopeContext({ ...call, keysetDigest, keyId });
      const opened = await openRequest(pair, context, encapsulatedKey, ciphertext);
      if (opened === undefined) {
        throw refusal("envelope_invalid", "does not open for this method, model, constraints and key");
      }
      const admission = window.admit(encapsulatedKey, opened.createdUnixMs, now());
      if (admission !== "fresh") throw turnedAway(admission);
      const { input, secret } = opened;
      const requestDigest = sha256(envelope);
      return { input, sealer: createAnswerSealer({ secret, encapsulatedKey, context, requestDigest }) };
    },
  };
}

function decode(envelope: Uint8Array): SealedRequest {
  let sealed: SealedRequest;
  try {
    sealed = fromBinary(SealedRequestSchema, envelope);
  } catch {
    throw refusal("envelope_invalid", "is not a serialised SealedRequest");
  }
  // Libraries differ in what else they read as this message. One form only: nobody can send another's envelope altered.
  if (!equalBytes(toBinary(SealedRequestSchema, sealed, { writeUnknownFields: false }), envelope)) {
    throw refusal("envelope_invalid", "is not serialised with each field once, in order and without anything else");
  }
  if (sealed.encapsulatedKey.length !== ENCAPSULATED_KEY_BYTES || !hasRequestLength(sealed.ciphertext)) {
    throw refusal("envelope_invalid", "has an encapsulated key or a ciphertext of a length that cannot be");
  }
  return sealed;
}

function turnedAway(admission: Exclude<Admission, "fresh">): GatewayError {
  switch (admission) {
    case "stale":
      return refusal("envelope_stale", `was made more than ${CLOCK_WINDOW_MS / 1000} s from this gateway's time`);
    case "replayed":
      return refusal("envelope_replayed", "was opened before; encrypt every call anew");
    case "full":
      return refusal("rate_limited", "cannot be remembered against replays now; try again");
  }
}

function refusal(
  code: "envelope_invalid" | "envelope_key_unknown" | "envelope_stale" | "envelope_replayed" | "rate_limited",
  what: string,
): GatewayError {
  return new GatewayError(code, `envelope: ${what}`, { param: "envelope" });
}
