import { create } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { verdictJson } from "@countersign/client/report";
import type { Outcome } from "@countersign/client/verdict";
import {
  type AttestationService,
  AttestConnectionResponseSchema,
  CheckOutcome,
  GetEvidenceResponseSchema,
  GetKeysetResponseSchema,
  VerifyEvidenceResponseSchema,
} from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { callerAddress, createEvidenceJudge } from "../../attestation/index.ts";
import { GatewayError, rpcError } from "../../errors/index.ts";
import { tlsChannel } from "../../server/index.ts";
import { httpRequestKey } from "./general-handler.ts";
import type { RpcServices } from "./services.ts";
import { laterVersion } from "./unimplemented.ts";

const OUTCOMES: Readonly<Record<Outcome, CheckOutcome>> = {
  pass: CheckOutcome.PASS,
  fail: CheckOutcome.FAIL,
  skip: CheckOutcome.SKIP,
  waived: CheckOutcome.WAIVED,
};

/** Keyset and evidence. Public: whoever wants to verify must reach it without a token. */
export function attestationService(services: RpcServices): ServiceImpl<typeof AttestationService> {
  const { keys, attestation, platform } = services;
  const judge = createEvidenceJudge();

  async function answered<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      if (error.cause !== undefined) services.log.fault("evidence failed", error.cause);
      services.metrics.error(error.code);
      throw rpcError(error);
    }
  }

  return {
    getKeyset({ digest }) {
      // Compared in the clear: a keyset digest is public.
      if (digest.length > 0 && Buffer.compare(digest, keys.keysetDigest) !== 0) {
        throw rpcError(
          new GatewayError("not_found", "digest: no keyset with this digest is held", { param: "digest" }),
        );
      }
      const { source } = keys;
      return create(GetKeysetResponseSchema, {
        keyset: new Uint8Array(keys.keyset),
        source,
        simulated: platform.simulated,
      });
    },
    async getEvidence({ nonce }, context) {
      const wanted = nonce.length === 0 ? undefined : nonce;
      const evidence = await answered(attestation.evidence(wanted, addressOf(context)));
      return create(GetEvidenceResponseSchema, { evidence });
    },
    async attestConnection({ nonce }, context) {
      const request = context.values.get(httpRequestKey);
      const channel = request === undefined ? undefined : tlsChannel(request);
      const evidence = await answered(attestation.connectionEvidence(nonce, channel, addressOf(context)));
      return create(AttestConnectionResponseSchema, { evidence });
    },
    listSessions: () => {
      throw laterVersion("ListSessions");
    },
    getSession: () => {
      throw laterVersion("GetSession");
    },
    async verifyEvidence(request, context) {
      const verdict = await answered(judge.judge(request, addressOf(context)));
      return create(VerifyEvidenceResponseSchema, {
        accepted: verdict.result === "accepted",
        checks: verdict.checks.map(({ id, outcome, cause, remedy = "" }) => ({
          id,
          outcome: OUTCOMES[outcome],
          cause,
          remedy,
        })),
        simulated: verdict.simulated,
        verdict: new TextEncoder().encode(verdictJson(verdict)),
      });
    },
  };
}

function addressOf(context: HandlerContext): string {
  return callerAddress(context.values.get(httpRequestKey)?.socket?.remoteAddress);
}
