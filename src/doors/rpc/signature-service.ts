import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  GetSignatureResponseSchema,
  type SignatureService,
  VerifySignatureResponseSchema,
} from "../../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import { SealStatus } from "../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { GatewayError, rpcError } from "../../errors/index.ts";
import { verifyText } from "../../signing/index.ts";
import { callerKey, type RpcServices } from "./services.ts";
import { laterVersion } from "./unimplemented.ts";

const STATUS = {
  complete: SealStatus.COMPLETE,
  upstream_failed: SealStatus.UPSTREAM_FAILED,
  cancelled: SealStatus.CANCELLED,
} as const;

/** Signatures after the fact: of this caller's exchanges only. */
export function signatureService(services: RpcServices): ServiceImpl<typeof SignatureService> {
  return {
    getSignature({ id, model }, context) {
      const callerId = context.values.get(callerKey).id;
      const models = model === "" ? services.models.everServed.toReversed() : [model];
      const record = models
        .map((name) => services.signatures.get({ callerId, model: name }, id))
        .find((found) => found !== undefined);
      if (record === undefined) {
        throw rpcError(new GatewayError("signature_not_found", "id: not found or expired", { param: "id" }));
      }
      const { signer, signature } = record;
      return create(GetSignatureResponseSchema, {
        text: record.text,
        ecdsa: { keyId: signer.ecdsaKeyId, value: new Uint8Array(signature.ecdsa) },
        ed25519: { keyId: signer.ed25519KeyId, value: new Uint8Array(signature.ed25519) },
        status: STATUS[record.status],
        responseId: record.responseId,
        receiptId: record.receiptId,
        ecdsaAddress: signer.ecdsaAddress,
        ed25519PublicKey: new Uint8Array(signer.ed25519PublicKey),
        expires: timestampFromMs(record.expiresAt),
      });
    },
    verifySignature({ text, signature }) {
      if (signature === undefined) {
        throw rpcError(new GatewayError("invalid_request", "signature: is required", { param: "signature" }));
      }
      const signers = [services.keys.stream, services.keys.response];
      const cause = verifyText(signers, text, signature.keyId, signature.value);
      return create(VerifySignatureResponseSchema, { valid: cause === undefined, cause: cause ?? "" });
    },
    getReceipt: () => {
      throw laterVersion("GetReceipt");
    },
    watchReceipts: () => {
      throw laterVersion("WatchReceipts");
    },
  };
}
