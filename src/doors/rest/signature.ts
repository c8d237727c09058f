import { GatewayError } from "../../errors/index.ts";
import { respondJson } from "../../server/index.ts";
import type { SignatureRecord } from "../../signatures/index.ts";
import { type ResponseTextForm, responseText } from "../../signing/index.ts";
import type { RestContext, RestServices } from "./route.ts";

/** Forms of the text a caller may ask for. */
const TEXT_FORMS: ReadonlySet<string> = new Set<ResponseTextForm>(["model-request-response", "request-response"]);

/**
 * The record with its text in another form. Only complete REST answers have two forms; the digests of both are the
 * last two fields, whatever the model's name holds. Signing is deterministic, so nothing needs to be stored for this.
 */
function inForm(services: RestServices, model: string, record: SignatureRecord, form: string | null): SignatureRecord {
  if (form === null || record.status !== "complete" || record.signer.role !== "response") return record;
  if (!TEXT_FORMS.has(form)) {
    throw new GatewayError("invalid_request", "Invalid text. Must be 'model-request-response' or 'request-response'", {
      param: "text",
    });
  }
  const [responseDigest = "", requestDigest = ""] = record.text.split(":").reverse();
  const input = {
    model,
    requestDigest,
    responseDigest,
    responseBytes: 0,
    status: record.status,
  };
  const text = responseText(form as ResponseTextForm, input);
  return text === record.text ? record : { ...record, text, signature: services.keys.response.sign(text) };
}

/**
 * `GET /v1/signature/{id}?signing_algo=ecdsa|ed25519&text=...` (defaults: ecdsa, and the configured text): the
 * signature of an answer of this caller, by response id or receipt id. An unknown id is answered before the parameters
 * are looked at, as peers do.
 */
export function signatureRoute(services: RestServices) {
  return ({ response, requestId, rest, query, caller }: RestContext): void => {
    const found = services.models.everServed
      .toReversed()
      .map((model) => ({ model, record: services.signatures.get({ callerId: caller.id, model }, rest) }))
      .find(({ record }) => record !== undefined);
    if (found?.record === undefined) throw new GatewayError("signature_not_found", "Chat id not found or expired");
    const parameters = new URLSearchParams(query);
    const algorithm = parameters.get("signing_algo") ?? "ecdsa";
    if (algorithm !== "ecdsa" && algorithm !== "ed25519") {
      throw new GatewayError("invalid_request", "Invalid signing algorithm. Must be 'ed25519' or 'ecdsa'", {
        param: "signing_algo",
      });
    }
    const record = inForm(services, found.model, found.record, parameters.get("text"));
    const { signer, signature } = record;
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
    const signed =
      algorithm === "ecdsa"
        ? { signature: `0x${hex(signature.ecdsa)}`, signing_address: signer.ecdsaAddress, key_id: signer.ecdsaKeyId }
        : {
            signature: hex(signature.ed25519),
            signing_address: hex(signer.ed25519PublicKey),
            key_id: signer.ed25519KeyId,
          };
    respondJson(response, 200, requestId, {
      text: record.text,
      signature: signed.signature,
      signing_address: signed.signing_address,
      signing_algo: algorithm,
      key_id: signed.key_id,
      status: record.status,
      response_id: record.responseId,
      receipt_id: record.receiptId,
      expires: new Date(record.expiresAt).toISOString(),
    });
  };
}
