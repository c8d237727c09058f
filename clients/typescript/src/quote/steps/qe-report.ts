import type { Proven } from "../../verdict/index.ts";
import type { EnclaveReport } from "../enclave-report.ts";
import { requireSignature } from "../p256-signature.ts";
import type { Quote } from "../quote.ts";
import type { PckChain } from "./quote-chain.ts";

/** The platform's certificate signed the quoting enclave's report. */
export async function verifyQeReport({ signatureData }: Quote, { leaf }: PckChain): Promise<Proven<EnclaveReport>> {
  const { qeReport, qeReportSignature } = signatureData;
  await requireSignature(leaf, qeReport.encoded, qeReportSignature, "the quoting enclave's report");
  return { value: qeReport, cause: "signed by the platform's certificate" };
}
