import type { Policy } from "../policy/index.ts";
import { Checks, type Fact } from "../verdict/index.ts";
import { derive, provingInto } from "./proof.ts";
import type { Quote } from "./quote.ts";
import { quoteFacts } from "./quote-facts.ts";
import { bindAttestationKey } from "./steps/attestation-key.ts";
import { judgeAttributes } from "./steps/attributes.ts";
import { judgeAge } from "./steps/collateral-age.ts";
import { verifyCollateralChains } from "./steps/collateral-chain.ts";
import { readCollateral } from "./steps/collateral-format.ts";
import { verifyDocuments } from "./steps/collateral-signature.ts";
import { judgeWindow } from "./steps/collateral-window.ts";
import { judgeDebug } from "./steps/debug.ts";
import { judgeMeasurements } from "./steps/measurements.ts";
import { judgeModule } from "./steps/module.ts";
import { judgePlatform } from "./steps/platform-id.ts";
import { judgeQeIdentity } from "./steps/qe-identity.ts";
import { verifyQeReport } from "./steps/qe-report.ts";
import { verifyPckChain } from "./steps/quote-chain.ts";
import { readQuote } from "./steps/quote-format.ts";
import { verifyQuoteSignature } from "./steps/quote-signature.ts";
import { judgeReportData } from "./steps/report-data.ts";
import { verifyRevocation } from "./steps/revocation.ts";
import { judgeServiceTd } from "./steps/service-td.ts";
import { judgeSimulation } from "./steps/simulation.ts";
import { judgeTcb } from "./steps/tcb.ts";
import { evaluateTcb } from "./tcb-evaluation.ts";
import { judgeRoot } from "./trusted-root.ts";

/** One quote to verify. */
export interface QuoteInput {
  /** The quote's bytes, attacker-controlled. At most 16 KiB. */
  readonly quote: Uint8Array;
  /** The nine-field collateral container, JSON text, attacker-controlled. Undefined: everything it proves is skipped. */
  readonly collateral: string | undefined;
  /** The moment of judgement, for every check alike. Unix seconds, finite. */
  readonly now: number;
  readonly policy: Policy;
  /** The 64 bytes the quote must have been made for. Absent: they are reported and not compared. */
  readonly expectedReportData?: Uint8Array | undefined;
}

/** What the verification of a quote found. */
export interface QuoteVerification {
  readonly checks: Checks;
  /** The quote as it was read. Its fields are proven only if the checks say so. Undefined if it could not be read. */
  readonly quote: Quote | undefined;
  /** Whether it rests on a simulated root. */
  readonly simulated: boolean;
  /** Plain JSON for the verdict. */
  readonly facts: { readonly [name: string]: Fact };
}

/**
 * Verifies a TDX quote: every check in turn, each from what earlier ones have proven. Never throws for what the inputs
 * hold: whatever is wrong with them becomes a failed or skipped check.
 */
export async function verifyQuote(input: QuoteInput): Promise<QuoteVerification> {
  const { now, policy } = input;
  const { skewSeconds } = policy.clock;
  const checks = new Checks();
  const prove = provingInto(checks);

  const quote = await readQuote(checks, prove, input.quote);
  const collateral = await readCollateral(checks, prove, input.collateral);

  const root = derive("quote.chain", { quote }, (have) => judgeRoot(have.quote.signatureData.certificates[2], policy));
  const chain = await prove("quote.chain", { quote, root }, (have) => verifyPckChain(have.quote, have.root, now));
  const signers = await prove("collateral.chain", { collateral, chain }, (have) =>
    verifyCollateralChains(have.collateral, have.chain.root, now),
  );
  await prove("quote.revocation", { collateral, chain, signers }, (have) =>
    verifyRevocation(have.collateral, have.chain, have.signers, { now, skewSeconds }),
  );
  const documents = await prove("collateral.signature", { collateral, signers }, (have) =>
    verifyDocuments(have.collateral, have.signers),
  );
  await prove("collateral.window", { documents }, (have) => judgeWindow(have.documents, { now, skewSeconds }));
  await judgeAge(checks, prove, documents, { policy, now });

  const qeReport = await prove("quote.qe_report", { quote, chain }, (have) => verifyQeReport(have.quote, have.chain));
  const attestationKey = await prove("quote.ak_binding", { quote, qeReport }, (have) =>
    bindAttestationKey(have.quote, have.qeReport),
  );
  const body = await prove("quote.signature", { quote, attestationKey }, (have) =>
    verifyQuoteSignature(have.quote, have.attestationKey),
  );

  const enclave = await prove("quote.qe_identity", { qeReport, documents }, (have) =>
    judgeQeIdentity(have.qeReport, have.documents.enclaveIdentity),
  );
  const module = await prove("quote.module", { body, documents }, (have) =>
    judgeModule(have.body, have.documents.tcbInfo),
  );
  const tcb = derive("quote.tcb", { chain, body, documents }, (have) =>
    evaluateTcb({
      pck: have.chain.pck,
      body: have.body,
      tcbInfo: have.documents.tcbInfo,
      module: module.value,
      enclave: enclave.value,
    }),
  );
  await prove("quote.tcb", { tcb }, (have) => judgeTcb(have.tcb, policy, now));

  await prove("quote.debug", { body, qeReport }, (have) => judgeDebug(have.body, have.qeReport, policy));
  await prove("quote.attributes", { body }, (have) => judgeAttributes(have.body));
  await prove("quote.service_td", { body }, (have) => judgeServiceTd(have.body, policy));
  await judgePlatform(checks, prove, { chain, body }, policy);
  await judgeReportData(checks, prove, body, input.expectedReportData);
  await judgeMeasurements(checks, prove, body, policy);
  // Of a root nobody names it is not known whether it is a simulated one, unless it says so itself.
  const simulated = root.value?.simulated ?? false;
  await prove("simulation", simulated ? { root } : { root, chain }, (have) => judgeSimulation(have.root, policy));

  return {
    checks,
    quote: quote.value,
    simulated,
    facts: quoteFacts({
      quote: quote.value,
      root: root.value,
      pck: chain.value?.pck,
      documents: documents.value,
      tcb: tcb.value,
    }),
  };
}
