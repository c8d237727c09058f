import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { KeyAlgorithm, KeyRole } from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { CountersignError } from "../errors/index.ts";
import {
  ethereumAddress,
  type Keyset,
  parseResponseText,
  type ResponseText,
  verifyEcdsa,
  verifyEd25519,
} from "../signing/index.ts";
import { equalBytes } from "../transcript/index.ts";
import type { SignatureAnswer } from "./signature-lookup.ts";

/** What was sent and received, as this client hashed it. */
export interface ResponseFacts {
  /** SHA-256 of the request body, 32 bytes. */
  readonly requestDigest: Uint8Array;
  /** SHA-256 of the response body, 32 bytes. */
  readonly responseDigest: Uint8Array;
  /** Form the text must have. */
  readonly form: "model-request-response" | "request-response";
  /** Model the text must name; undefined if neither the caller nor the request said. */
  readonly model: string | undefined;
}

/**
 * Verifies one REST answer: one text under both signatures, its form, the digests of both bodies, the model, and that
 * it is the text of a complete answer.
 *
 * @param at the verifier's time, Unix milliseconds
 * @throws CountersignError `response.*`
 */
export function verifyResponse(
  ecdsa: SignatureAnswer,
  ed25519: SignatureAnswer,
  facts: ResponseFacts,
  keyset: Keyset,
  at: number,
): void {
  const { text } = ecdsa;
  if (ed25519.text !== text) {
    throw new CountersignError("response.text", "the two signatures cover different texts");
  }
  verifySignatures(text, ecdsa, ed25519, keyset, at);
  const parsed = parseResponseText(text);
  if (parsed === undefined) throw new CountersignError("response.text", "the signed text has none of the known forms");
  if (!equalBytes(hexToBytes(parsed.request), facts.requestDigest)) {
    throw new CountersignError("response.request", "the signature covers another request than the one sent");
  }
  if (!equalBytes(hexToBytes(parsed.response), facts.responseDigest)) {
    throw new CountersignError("response.hash", "the signature covers another response than the one received");
  }
  verifyForm(parsed, facts);
}

function verifyForm(parsed: ResponseText, facts: ResponseFacts): void {
  if (parsed.form === "incomplete") {
    if (facts.form === "model-request-response") verifyModel(parsed.model, facts.model);
    throw new CountersignError(
      "response.incomplete",
      `the answer ended as ${parsed.status} after ${parsed.bytesSent} bytes`,
    );
  }
  if (parsed.form !== facts.form) {
    throw new CountersignError(
      "response.text",
      `the signed text has the form ${parsed.form}; set \`text\` to accept it`,
    );
  }
  if (parsed.form === "model-request-response") verifyModel(parsed.model, facts.model);
}

function verifyModel(signed: string, expected: string | undefined): void {
  if (signed !== expected) {
    const hint = expected === undefined ? "; set `model` to the expected name" : "";
    throw new CountersignError("response.model", `the signature names another model than the expected one${hint}`);
  }
}

function verifySignatures(
  text: string,
  ecdsa: SignatureAnswer,
  ed25519: SignatureAnswer,
  keyset: Keyset,
  at: number,
): void {
  const ecdsaValue = fromHex(ecdsa.signature);
  const isEcdsaValid = keyset
    .select(KeyRole.RESPONSE, KeyAlgorithm.SECP256K1, at)
    .some((key) => ethereumAddress(key) === ecdsa.signingAddress.toLowerCase() && verifyEcdsa(ecdsaValue, text, key));
  if (!isEcdsaValid) {
    throw new CountersignError(
      "response.signature",
      "the ECDSA signature is not valid under a response key of the trusted keyset",
    );
  }
  const ed25519Value = fromHex(ed25519.signature);
  const isEd25519Valid = keyset
    .select(KeyRole.RESPONSE, KeyAlgorithm.ED25519, at)
    .some((key) => bytesToHex(key) === ed25519.signingAddress.toLowerCase() && verifyEd25519(ed25519Value, text, key));
  if (!isEd25519Valid) {
    throw new CountersignError(
      "response.signature",
      "the Ed25519 signature is not valid under a response key of the trusted keyset",
    );
  }
}

/** Hex with or without `0x`; anything else becomes the empty signature, which verifies under no key. */
function fromHex(text: string): Uint8Array {
  const digits = text.replace(/^0x/, "");
  // 65 bytes is the longest signature there is; longer text is not worth decoding.
  const isHex = digits.length <= 130 && digits.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(digits);
  return isHex ? hexToBytes(digits) : new Uint8Array();
}
