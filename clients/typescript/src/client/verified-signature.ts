import { KeyAlgorithm, KeyRole } from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import type { GetSignatureResponse } from "../../../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { ethereumAddress, type Keyset, parseResponseText, verifyEcdsa, verifyEd25519 } from "../signing/index.ts";
import { equalBytes, type SealStatusName, sealStatusName } from "../transcript/index.ts";

/** Both signatures of one earlier answer, verified. */
export interface SignatureRecord {
  /** The text both signatures cover. Whether it fits an exchange is for whoever has its bytes to say. */
  readonly text: string;
  /** Which kind of exchange it was, by the text's form and the keys' role. */
  readonly kind: "stream" | "response";
  /** How the exchange ended. */
  readonly status: SealStatusName;
  /** Id the engine gave its answer. */
  readonly responseId: string;
  /** Id of the receipt. */
  readonly receiptId: string;
  /** ECDSA signature, 65 bytes r ‖ s ‖ v, and the id of its key. */
  readonly ecdsa: { readonly keyId: string; readonly value: Uint8Array };
  /** Ed25519 signature, 64 bytes, and the id of its key. */
  readonly ed25519: { readonly keyId: string; readonly value: Uint8Array };
}

const STREAM_TEXT =
  /^countersign\.stream\.v1:(complete|upstream_failed|cancelled):[0-9a-f]{64}:(?:0|[1-9][0-9]{0,19}):[0-9a-f]{64}:[0-9a-f]{64}$/;

/**
 * Verifies what GetSignature answered: the text's form decides the keys' role, both signatures must cover the text, and
 * every other field must fit.
 *
 * @param id what was asked for
 * @param at the verifier's time, Unix milliseconds
 * @throws CountersignError `signature.*`, `keyset.key`
 */
export function verifySignatureRecord(
  answer: GetSignatureResponse,
  id: string,
  keyset: Keyset,
  at: number,
): SignatureRecord {
  const { text, ecdsa, ed25519 } = answer;
  const { kind, status } = readText(text);
  const role = kind === "stream" ? KeyRole.STREAM : KeyRole.RESPONSE;
  if (ecdsa === undefined) throw new CountersignError("signature.ecdsa", "the answer has no ECDSA signature");
  const ecdsaKey = keyset.find(ecdsa.keyId, role, KeyAlgorithm.SECP256K1, at);
  if (!verifyEcdsa(ecdsa.value, text, ecdsaKey)) {
    throw new CountersignError("signature.ecdsa", "the ECDSA signature is not valid for the text");
  }
  if (ed25519 === undefined) throw new CountersignError("signature.ed25519", "the answer has no Ed25519 signature");
  const ed25519Key = keyset.find(ed25519.keyId, role, KeyAlgorithm.ED25519, at);
  if (!verifyEd25519(ed25519.value, text, ed25519Key)) {
    throw new CountersignError("signature.ed25519", "the Ed25519 signature is not valid for the text");
  }
  if (id !== answer.responseId && id !== answer.receiptId) throw field("id");
  if (sealStatusName(answer.status) !== status) throw field("status");
  if (answer.ecdsaAddress.toLowerCase() !== ethereumAddress(ecdsaKey)) throw field("ecdsa_address");
  if (!equalBytes(answer.ed25519PublicKey, ed25519Key)) throw field("ed25519_public_key");
  return { text, kind, status, responseId: answer.responseId, receiptId: answer.receiptId, ecdsa, ed25519 };
}

function readText(text: string): { kind: "stream" | "response"; status: SealStatusName } {
  const status = STREAM_TEXT.exec(text)?.[1];
  if (status === "complete" || status === "upstream_failed" || status === "cancelled")
    return { kind: "stream", status };
  const parsed = parseResponseText(text);
  if (parsed === undefined) throw new CountersignError("signature.text", "the signed text has none of the known forms");
  return { kind: "response", status: parsed.form === "incomplete" ? parsed.status : "complete" };
}

function field(name: string): CountersignError {
  return new CountersignError(
    "signature.field",
    `${name} does not fit the signed text, the keys or what was asked for`,
  );
}
