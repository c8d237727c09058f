import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type AttestationService,
  GetKeysetResponseSchema,
} from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { GatewayError, rpcError } from "../../errors/index.ts";
import type { RpcServices } from "./services.ts";
import { laterVersion } from "./unimplemented.ts";

/** The keyset; evidence for it comes with a later version. */
export function attestationService({ keys }: RpcServices): ServiceImpl<typeof AttestationService> {
  return {
    getKeyset({ digest }) {
      // Compared in the clear: a keyset digest is public.
      if (digest.length > 0 && Buffer.compare(digest, keys.keysetDigest) !== 0) {
        throw rpcError(
          new GatewayError("not_found", "digest: no keyset with this digest is held", { param: "digest" }),
        );
      }
      return create(GetKeysetResponseSchema, { keyset: new Uint8Array(keys.keyset), source: keys.source });
    },
    getEvidence: () => {
      throw laterVersion("GetEvidence");
    },
    attestConnection: () => {
      throw laterVersion("AttestConnection");
    },
    listSessions: () => {
      throw laterVersion("ListSessions");
    },
    getSession: () => {
      throw laterVersion("GetSession");
    },
    verifyEvidence: () => {
      throw laterVersion("VerifyEvidence");
    },
  };
}
