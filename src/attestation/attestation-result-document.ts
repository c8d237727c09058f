import { type LeafVerification, minuteText } from "@countersign/client/ratls";
import type { Fact, Verdict } from "@countersign/client/verdict";
import type { Platform } from "../platform/index.ts";
import type { ChallengeVerification } from "./challenge-verification.ts";
import type { LoopbackConnection } from "./loopback-connection.ts";
import { NOT_JUDGED } from "./platform-policy.ts";
import { certificateReport, extensionsReport } from "./presented-certificate.ts";
import { type QuoteFinding, quoteReport } from "./reported-quote.ts";

/** The result as it goes out in JSON, in the member names of Privasys' AttestationResult. Hex is lower case. */
export type AttestationResult = ReturnType<typeof resultDocument>;

/** What a result is made of. */
export interface ResultInput {
  readonly platform: Platform;
  readonly modelName: string;
  /** Moment of judgement. Unix seconds. */
  readonly now: number;
  readonly connection: LoopbackConnection;
  readonly leaf: LeafFinding;
  readonly challenged: ChallengeFinding | undefined;
}

interface LeafFinding extends LeafVerification {
  readonly quoteBytes: Uint8Array | undefined;
  readonly verdict: Verdict;
}

interface ChallengeFinding extends ChallengeVerification {
  readonly challenge: Uint8Array;
  readonly exporter: Uint8Array;
}

/** Puts a result together. A leaf without evidence proves nothing by itself, and needs a challenge that holds. */
export function resultDocument({ platform, modelName, now, connection, leaf, challenged }: ResultInput) {
  const [certificate] = connection.chain;
  const simulated = platform.simulated || leaf.simulated || challenged?.verdict.simulated === true;
  const leafHolds = isAccepted(leaf.verdict) || (leaf.form === "none" && challenged !== undefined);
  const finding =
    challenged === undefined
      ? leafQuoteFinding(leaf, simulated, certificate.validFromDate)
      : challengeQuoteFinding(challenged, simulated);
  return {
    model: modelName,
    app_id: appId(platform) ?? null,
    result: leafHolds && (challenged === undefined || isAccepted(challenged.verdict)) ? "accepted" : "rejected",
    simulated,
    policy: leaf.verdict.policy,
    not_judged: NOT_JUDGED,
    verified_at: leaf.verdict.at,
    challenge_mode: challenged !== undefined,
    challenge: challenged === undefined ? null : Buffer.from(challenged.challenge).toString("hex"),
    // A result can be relayed: it never says anything about the connection it came over.
    bound_connection: {
      owner: "gateway",
      path: "loopback",
      is_callers: false,
      is_bound: challenged !== undefined && finding?.isBound === true,
    },
    certificate: certificateReport(certificate),
    pem: connection.chain.map(String).join(""),
    extensions: extensionsReport(certificate),
    tls: { version: connection.protocol, cipher_suite: connection.cipherSuite },
    quote: finding === undefined ? null : quoteReport(finding),
    gpu_attestation: null,
    ages: {
      certificate_seconds: age(certificate.validFromDate.toISOString(), now),
      quote_seconds: age(finding?.quoteTime, now),
      collateral_seconds: age(collateralDate((challenged ?? leaf).verdict.facts), now),
    },
    step_results: [...steps("leaf", leaf.verdict), ...steps("challenge", challenged?.verdict)],
    notes: notes(simulated, challenged !== undefined),
  };
}

/** The platform's word for the application, lower-case hex; undefined where it has none. */
export function appId({ info }: Platform): string | undefined {
  const id = info?.["app_id"];
  return typeof id === "string" && id !== "" ? id.toLowerCase() : undefined;
}

function isAccepted({ result }: Verdict): boolean {
  return result === "accepted";
}

function leafQuoteFinding(leaf: LeafFinding, simulated: boolean, notBefore: Date): QuoteFinding | undefined {
  const { quote, quoteBytes, form, checks, verdict } = leaf;
  if (quote === undefined || quoteBytes === undefined || form === undefined || form === "none") return undefined;
  return {
    quote: { bytes: quoteBytes, fields: quote },
    simulated,
    attestation: form,
    // The other forms state no time: such a quote may be as old as the key.
    quoteTime: form === "deterministic" ? minuteText(notBefore.getTime() / 1000) : undefined,
    challenged: undefined,
    isBound: checks.passed("quote.report_data"),
    isAccepted: isAccepted(verdict),
  };
}

function challengeQuoteFinding(challenged: ChallengeFinding, simulated: boolean): QuoteFinding | undefined {
  const { quote, quoteTime, verdict } = challenged;
  if (quote === undefined) return undefined;
  const isBound = verdict.checks.some(({ id, outcome }) => id === "quote.report_data" && outcome === "pass");
  return {
    quote,
    simulated,
    attestation: "challenge",
    quoteTime,
    challenged,
    isBound,
    isAccepted: isAccepted(verdict),
  };
}

/** When the older of the two signed documents was issued, as a verifier of quotes reports it. */
function collateralDate({ collateral }: Verdict["facts"]): string | undefined {
  const date = (document: Fact | undefined): string[] => {
    const issued = member(document, "issueDate");
    return typeof issued === "string" ? [issued] : [];
  };
  const [older] = [...date(member(collateral, "tcbInfo")), ...date(member(collateral, "enclaveIdentity"))].sort();
  return older;
}

function member(fact: Fact | undefined, name: string): Fact | undefined {
  return typeof fact === "object" && fact !== null && !Array.isArray(fact)
    ? (fact as { readonly [name: string]: Fact })[name]
    : undefined;
}

/** Whole seconds since a moment; null where none is stated. */
function age(moment: string | undefined, now: number): number | null {
  const milliseconds = moment === undefined ? Number.NaN : Date.parse(moment);
  return Number.isFinite(milliseconds) ? Math.max(0, Math.floor(now - milliseconds / 1000)) : null;
}

const RESULTS = { pass: "pass", fail: "fail", skip: "skipped", waived: "waived" } as const;

function steps(evidence: "leaf" | "challenge", verdict: Verdict | undefined) {
  return (verdict?.checks ?? []).map(({ id, outcome, required, cause, remedy }) => ({
    evidence,
    name: id,
    result: RESULTS[outcome],
    required,
    reason: cause,
    ...(remedy === undefined ? {} : { remedy }),
  }));
}

function notes(simulated: boolean, isChallenged: boolean): readonly string[] {
  return [
    ...(simulated ? ["SIMULATED: a program made this evidence; it proves nothing about hardware."] : []),
    "The gateway judged itself: verify the certificate and the quote yourself, under a policy of your own.",
    isChallenged
      ? "The challenge is bound to a connection of the gateway with itself, never to yours. Attest your own connection where you can."
      : "No challenge was sent: the leaf shows who holds its key, and nothing about a connection.",
    "Application, keys, models and devices are attested by native evidence (AttestationService/GetEvidence).",
  ];
}
