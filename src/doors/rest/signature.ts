import { GatewayError } from "../../errors/index.ts";
import { respondJson } from "../../server/index.ts";
import type { RestContext, RestServices } from "./route.ts";

/**
 * `GET /v1/signature/{id}?signing_algo=ecdsa|ed25519` (default ecdsa): the signature of an answer of this caller, by
 * response id or receipt id. An unknown id is answered before the algorithm is looked at, as peers do.
 */
export function signatureRoute(services: RestServices) {
  return ({ response, requestId, rest, query, caller }: RestContext): void => {
    const record = services.signatures.get({ callerId: caller.id, model: services.config.model.name }, rest);
    if (record === undefined) throw new GatewayError("signature_not_found", "Chat id not found or expired");
    const algorithm = new URLSearchParams(query).get("signing_algo") ?? "ecdsa";
    if (algorithm !== "ecdsa" && algorithm !== "ed25519") {
      throw new GatewayError("invalid_request", "Invalid signing algorithm. Must be 'ed25519' or 'ecdsa'", {
        param: "signing_algo",
      });
    }
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
