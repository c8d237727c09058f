import { bytesToHex } from "@noble/hashes/utils.js";
import { crypto } from "../crypto/index.ts";
import { type PlatformClaims, verifyEventLog } from "../dstack/index.ts";
import { parseQuote, type Quote, type QuoteVerification, verifyQuote } from "../quote/index.ts";
import { Checks, concludeVerdict, type Fact, type Verdict } from "../verdict/index.ts";
import type { Certificate } from "../x509/index.ts";
import { judgeLeafCertificate, type LeafCertificateInput } from "./leaf-certificate.ts";
import { verifyLeafDevices } from "./leaf-devices.ts";
import { type LeafForm, readLeafEvidence } from "./leaf-evidence.ts";
import { assertReportData, leafReportData, type PresentEvidence } from "./leaf-report-data.ts";

/** An RA-TLS leaf to verify. */
export interface LeafInput extends LeafCertificateInput {
  /** The nine-field collateral container for the quote, JSON text. Undefined: everything it proves is skipped. */
  readonly collateral?: string | undefined;
}

/** What the verification of a leaf found. */
export interface LeafVerification {
  readonly checks: Checks;
  /** Undefined if the leaf cannot be read, or carries evidence in no form or more than one that is known. */
  readonly form: LeafForm | undefined;
  /** DER SubjectPublicKeyInfo of the leaf; undefined if it cannot be read. */
  readonly spki: Uint8Array | undefined;
  /** The quote as it was read; proven only if the checks say so. */
  readonly quote: Quote | undefined;
  /** What the event log of a dstack leaf claims; undefined unless it is proven. */
  readonly claims: PlatformClaims | undefined;
  /** Whether anything of it rests on a simulated root. */
  readonly simulated: boolean;
  /** Plain JSON for the verdict. */
  readonly facts: { readonly [name: string]: Fact };
}

/**
 * Verifies a leaf that carries its own evidence, cheapest refusal first: the certificate, the form of the evidence, the
 * report data computed anew, then the quote, the event log and the devices. Never throws for what the chain holds.
 *
 * It proves who holds the leaf's key, not whose connection it was presented on: evidence inside a certificate is older
 * than the connection.
 */
export async function verifyLeaf(input: LeafInput): Promise<LeafVerification> {
  const checks = new Checks();
  const leaf = await judgeLeafCertificate(checks, input);
  const nothing = { form: undefined, quote: undefined, claims: undefined, simulated: false };
  if (leaf === undefined) {
    for (const id of ["tls.profile", "tls.report_data", "quote.signature"] as const) {
      checks.skip(id, "the certificate cannot be read");
    }
    return { ...nothing, checks, spki: undefined, facts: {} };
  }
  const spki = leaf.publicKey.encoded;
  const evidence = await judgeProfile(checks, leaf);
  const form = evidence?.form;
  const facts = { certificate: certificateFacts(leaf, form) };
  if (evidence === undefined || evidence.form === "none") {
    for (const id of ["tls.report_data", "quote.signature"] as const) checks.skip(id, "there is no evidence to verify");
    return { ...nothing, checks, form, spki, facts };
  }
  return { form, spki, ...(await verifyPresent(checks, leaf, evidence, input, facts)) };
}

/** Verifies a leaf and concludes. */
export async function leafVerdict(input: LeafInput): Promise<Verdict> {
  const { policy, now, expectedName } = input;
  const { checks, simulated, facts, form } = await verifyLeaf(input);
  const notes = [
    "The leaf vouches for its key and not for a connection: attest the connection to know who is at its end.",
  ];
  if (simulated) notes.push("SIMULATED: a program made this evidence; it proves nothing about hardware.");
  if (expectedName === undefined) notes.push("No name was compared: the leaf may be another server's.");
  if (form === "tcg" || form === "dstack")
    notes.push("Evidence of this form states no time: it may be as old as the key.");
  return concludeVerdict({ subject: "certificate", checks, policy, now, simulated, facts, notes });
}

async function judgeProfile(checks: Checks, leaf: Certificate) {
  const evidence = await checks.run("tls.profile", async () => {
    const value = await readLeafEvidence(leaf);
    return { value, cause: `the leaf carries evidence in the ${value.form} form alone` };
  });
  if (evidence?.form === "none") {
    checks.skip("tls.profile", "the leaf carries no evidence", {
      remedy: "attest the connection instead, or have the gateway serve a leaf with evidence",
    });
  }
  return evidence;
}

async function verifyPresent(
  checks: Checks,
  leaf: Certificate,
  evidence: PresentEvidence,
  { collateral, policy, now }: LeafInput,
  facts: LeafVerification["facts"],
): Promise<Omit<LeafVerification, "form" | "spki">> {
  let expectedReportData: Uint8Array | undefined;
  await checks.run("tls.report_data", () => {
    expectedReportData = leafReportData(leaf, evidence, now);
    assertReportData(parseQuote(evidence.quote).body.reportData, expectedReportData);
    return { value: undefined, cause: "the quote was made for this leaf's key" };
  });
  const quote = await verifyQuote({ quote: evidence.quote, collateral, now, policy, expectedReportData });
  checks.include(quote.checks);
  const eventLog = evidence.form === "dstack" ? evidence.eventLog : undefined;
  const claims = await judgeEventLog(checks, quote, eventLog, { policy, now });
  const envelope = evidence.form === "deterministic" ? evidence.gpuEvidence : undefined;
  const devices = await verifyLeafDevices(envelope, policy, now);
  checks.include(devices.checks);
  if (envelope === undefined) checks.skip("gpu.bound", "there are no devices", { required: false });
  else if (checks.passed("tls.report_data")) checks.pass("gpu.bound", "the quote commits to the GPU evidence");
  else checks.fail("gpu.bound", "the quote does not commit to the GPU evidence", "fold it into the report data");
  return {
    checks,
    quote: quote.quote,
    claims,
    simulated: quote.simulated || devices.simulated,
    facts: { ...facts, ...quote.facts, ...devices.facts },
  };
}

/** Registers count only out of a quote whose signature holds. */
async function judgeEventLog(
  checks: Checks,
  { quote, checks: made }: QuoteVerification,
  eventLog: string | undefined,
  { policy, now }: Pick<LeafInput, "policy" | "now">,
): Promise<PlatformClaims | undefined> {
  if (quote === undefined || !made.passed("quote.signature")) {
    checks.skip("rtmr3.replay", "there is no verified quote to hold an event log against", {
      required: eventLog !== undefined,
    });
    return undefined;
  }
  const { rtmr0, rtmr1, rtmr2, rtmr3, mrconfigid: mrConfigId } = quote.body;
  const registers = { rtmr0, rtmr1, rtmr2, rtmr3 };
  return verifyEventLog(checks, { eventLog, registers, mrConfigId, policy, now });
}

function certificateFacts({ publicKey, notBefore, notAfter }: Certificate, form: LeafForm | undefined): Fact {
  return {
    publicKeySha256: bytesToHex(crypto.digest("sha256", publicKey.encoded)),
    notBefore: timeText(notBefore),
    notAfter: timeText(notAfter),
    evidence: form ?? null,
  };
}

function timeText(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}
