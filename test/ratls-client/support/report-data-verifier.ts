import { createHash } from "node:crypto";
import {
  AttestationError,
  type ConnectionEvidence,
  connectionReportData,
  type VerifyConnection,
} from "../../../clients/typescript/src/evidence/index.ts";
import { DEFAULT_POLICY } from "../../../clients/typescript/src/policy/index.ts";
import { Checks, concludeVerdict } from "../../../clients/typescript/src/verdict/index.ts";

/** A verifier that only compares report data, recording what it was given: stands in for the quote's verification. */
export interface ReportDataVerifier {
  readonly verify: VerifyConnection;
  readonly inputs: ConnectionEvidence[];
}

export function reportDataVerifier(): ReportDataVerifier {
  const inputs: ConnectionEvidence[] = [];
  return {
    inputs,
    async verify(input) {
      inputs.push(input);
      const { evidence, now } = input;
      const checks = new Checks();
      const expected = connectionReportData({ ...evidence, ...input });
      if (Buffer.compare(evidence.quote, expected) === 0)
        checks.pass("tls.channel", "the quote is for this connection");
      else checks.fail("tls.channel", "the quote is for another connection");
      const verdict = concludeVerdict({
        subject: "gateway",
        checks,
        policy: DEFAULT_POLICY,
        now,
        simulated: true,
        facts: {},
      });
      if (verdict.result !== "accepted") throw new AttestationError(verdict);
      const keysetDigest = new Uint8Array(createHash("sha256").update(evidence.keyset).digest());
      return { verdict, keyset: evidence.keyset, keysetDigest };
    },
  };
}
