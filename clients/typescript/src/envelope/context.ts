import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Constraints } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { label, lengthPrefixed } from "./binary.ts";
import { constraintBytes } from "./constraint-bytes.ts";

/** Version of the envelope, first in everything that is derived. */
const ENVELOPE_VERSION = label("countersign.envelope.v1");
const REQUEST = label("request");

/** What both sides know of a call, and what its encryption is bound to. */
export interface EnvelopeCall {
  /** SHA-256 of the serialised keyset, 32 bytes. */
  readonly keysetDigest: Uint8Array;
  /** Id of the ENVELOPE key in it. */
  readonly keyId: string;
  /** Full method name. */
  readonly method: string;
  /** Model of the request. */
  readonly model: string;
  /** Constraints of the request. Absent equals empty. */
  readonly constraints?: Constraints | undefined;
}

/** `context` of the normative text, 32 bytes. */
export function envelopeContext({ keysetDigest, keyId, method, model, constraints }: EnvelopeCall): Uint8Array {
  return sha256(
    concatBytes(
      ENVELOPE_VERSION,
      keysetDigest,
      ...[utf8ToBytes(keyId), utf8ToBytes(method), utf8ToBytes(model), constraintBytes(constraints)].map(
        lengthPrefixed,
      ),
    ),
  );
}

/** `info` of HPKE: the key schedule, and so every key of the call, depends on the context. */
export function envelopeInfo(context: Uint8Array): Uint8Array {
  return concatBytes(ENVELOPE_VERSION, context);
}

/** Additional data of the request. */
export function requestAad(context: Uint8Array): Uint8Array {
  return concatBytes(REQUEST, context);
}
