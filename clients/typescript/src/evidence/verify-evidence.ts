import { bytesToHex } from "@noble/hashes/utils.js";
import type {
  Evidence,
  ServingManifest,
} from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { KeyAlgorithm, KeyRole } from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { type PlatformClaims, verifyCustody, verifyEventLog } from "../dstack/index.ts";
import { CountersignError } from "../errors/index.ts";
import { type DeviceDocuments, type RimVerifier, verifyDevices } from "../gpu/index.ts";
import type { Policy } from "../policy/index.ts";
import { type QuoteVerification, verifyQuote } from "../quote/index.ts";
import { type Keyset, parseKeyset } from "../signing/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import {
  CheckFailure,
  Checks,
  concludeVerdict,
  type Fact,
  type Verdict,
  type VerdictSubject,
} from "../verdict/index.ts";
import { connectionReportData } from "./connection-report-data.ts";
import { type EvidenceParts, readEvidenceParts } from "./evidence-parts.ts";
import { custodyKeys } from "./keyset-custody.ts";
import { judgeManifest, manifestFacts } from "./manifest-checks.ts";
import { evidenceReportData, gpuNonce } from "./report-data.ts";

/** The connection evidence must be bound to, as this side sees it. */
export interface BoundConnection {
  /** DER SubjectPublicKeyInfo of the leaf. */
  readonly leafSpki: Uint8Array;
  /** Exporter value under the native label with the nonce as context, 32 bytes. */
  readonly exporter: Uint8Array;
}

/** Evidence to judge, with what it is judged by. */
export interface EvidenceInput {
  /** Attacker-controlled. */
  readonly evidence: Evidence;
  /** The caller's own, 32 bytes. Undefined: whether the evidence is fresh is not judged, and the verdict says so. */
  readonly nonce: Uint8Array | undefined;
  /** Undefined for evidence of GetEvidence. */
  readonly connection?: BoundConnection | undefined;
  readonly policy: Policy;
  /** The moment of judgement. Unix seconds, finite. */
  readonly now: number;
  /** What vouches for the devices beside their evidence. Default nothing: the checks that need it are skipped. */
  readonly deviceDocuments?: DeviceDocuments | undefined;
  /** Reads the reference documents among them. Node only, so the caller makes it. */
  readonly rimVerifier?: RimVerifier | undefined;
  /** What the verdict is about. Default `evidence`. */
  readonly subject?: VerdictSubject;
}

/** What evidence proves. Keyset and manifest are there only if the verdict is `accepted`. */
export interface EvidenceVerification {
  readonly verdict: Verdict;
  /** The attested keyset, exact bytes; undefined unless accepted. */
  readonly keyset: Uint8Array | undefined;
  /** The attested manifest; undefined unless accepted. */
  readonly manifest: ServingManifest | undefined;
}

/**
 * Verifies native evidence: that a quote which holds commits to the caller's nonce, to the keyset, the devices and the
 * manifest as served, and to the connection where there is one; then the event log, the custody of the keys, and the
 * devices. Never throws for what the evidence holds.
 */
export async function verifyEvidence(input: EvidenceInput): Promise<EvidenceVerification> {
  const { evidence, connection, policy, now, subject = "evidence" } = input;
  const checks = new Checks();
  const parts = await checks.run("evidence.format", () => ({
    value: readEvidenceParts(evidence),
    cause: "every part is there and can be read",
  }));
  if (parts === undefined) {
    const verdict = concludeVerdict({ subject, checks, policy, now, simulated: evidence.simulated, facts: {} });
    return { verdict, keyset: undefined, manifest: undefined };
  }

  const quote = await verifyQuote({
    quote: evidence.quote,
    collateral: parts.collateral,
    now,
    policy,
    expectedReportData: expectedReportData(evidence, connection),
  });
  checks.include(quote.checks);
  const bound = checks.passed("quote.report_data");
  judgeBinding(checks, input, bound);
  const keyset = await judgeKeyset(checks, input, bound);
  const claims = await judgeEventLog(checks, parts, quote, policy, now);
  judgeCustody(checks, keyset, claims, policy);

  const devices = await verifyDevices({
    devices: parts.devices,
    nonce: gpuNonce(evidence.nonce, evidence.keyset),
    now,
    policy,
    documents: input.deviceDocuments,
    rimVerifier: input.rimVerifier,
  });
  checks.include(devices.checks);
  judgeDevicesBound(checks, parts, bound);
  if (bound) judgeManifest(checks, parts.manifest, policy);
  else skipManifest(checks);
  judgeStatedSimulation(checks, evidence, policy);

  const simulated = quote.simulated || devices.simulated || evidence.simulated;
  const verdict = concludeVerdict({
    subject,
    checks,
    policy,
    now,
    simulated,
    facts: {
      ...quote.facts,
      keyset: { digest: keyset === undefined ? null : bytesToHex(keyset.digest), keys: keyset?.keys.length ?? 0 },
      manifest: manifestFacts(parts.manifest),
      ...(claims === undefined ? {} : { application: claimFacts(claims) }),
      ...devices.facts,
    },
    notes: notesOf(input, simulated),
  });
  const accepted = verdict.result === "accepted";
  return {
    verdict,
    keyset: accepted ? evidence.keyset : undefined,
    manifest: accepted ? parts.manifest : undefined,
  };
}

/** Computed from what was received and from this side's own view of the connection, never from a word of the peer. */
function expectedReportData(evidence: Evidence, connection: BoundConnection | undefined): Uint8Array {
  const { nonce, keyset, devices, manifest } = evidence;
  const statement = { nonce, keyset, devices, manifest };
  return connection === undefined
    ? evidenceReportData(statement)
    : connectionReportData({ ...statement, leafSpki: connection.leafSpki, exporter: connection.exporter });
}

function judgeBinding(checks: Checks, { evidence, nonce, connection }: EvidenceInput, bound: boolean): void {
  const unbound = "the quote was made for other bytes";
  if (nonce === undefined) {
    checks.skip("nonce.bound", "no nonce was sent: nothing shows how old the evidence is", { required: false });
  } else if (!equalBytes(nonce, evidence.nonce)) {
    checks.fail(
      "nonce.bound",
      "the evidence is for another nonce than the caller's",
      "ask again with a nonce of your own",
    );
  } else if (bound) {
    checks.pass("nonce.bound", "the quote was made for the caller's nonce");
  } else {
    checks.fail("nonce.bound", unbound, "ask the gateway itself, over a connection nothing ends in between");
  }
  if (bound) {
    checks.pass("keyset.bound", "the quote commits to exactly the keyset, devices and manifest that were served");
  } else {
    const remedy = "keyset, devices and manifest must be the bytes the gateway had quoted; ask it again";
    checks.fail("keyset.bound", unbound, remedy);
  }
  if (connection === undefined) {
    checks.skip("tls.channel", "the evidence is not about a connection", { required: false });
  } else if (bound) {
    checks.pass("tls.channel", "the quote commits to this connection's exporter and to the leaf it presented");
  } else {
    const remedy = "something may end the connection between here and the gateway: connect to it directly";
    checks.fail("tls.channel", "the quote does not commit to this connection", remedy);
  }
}

async function judgeKeyset(
  checks: Checks,
  { evidence, connection, now }: EvidenceInput,
  bound: boolean,
): Promise<Keyset | undefined> {
  const keyset = await checks.run("keyset.format", () => {
    const value = readKeyset(evidence.keyset);
    return { value, cause: `the keyset holds ${value.keys.length} keys and keeps its rules` };
  });
  if (connection === undefined) {
    checks.skip("tls.keyset", "the evidence is not about a connection", { required: false });
  } else if (keyset === undefined || !bound) {
    checks.skip("tls.keyset", "there is no attested keyset");
  } else if (hasLeafKey(keyset, connection.leafSpki, now)) {
    checks.pass("tls.keyset", "the leaf's key is one of the keyset's for TLS");
  } else {
    const remedy = "the leaf must be the gateway's own, not that of a proxy in front of it";
    checks.fail("tls.keyset", "the leaf's key is none that the attested keyset has for TLS now", remedy);
  }
  return keyset;
}

function readKeyset(bytes: Uint8Array): Keyset {
  try {
    return parseKeyset(bytes);
  } catch (error) {
    // Our own words, which quote nothing.
    if (error instanceof CountersignError) throw CheckFailure.malformed(error.message.replace(/^\[[^\]]*\] /, ""));
    throw error;
  }
}

function hasLeafKey(keyset: Keyset, leafSpki: Uint8Array, now: number): boolean {
  return keyset.select(KeyRole.TLS, KeyAlgorithm.P256, now * 1000).some((spki) => equalBytes(spki, leafSpki));
}

async function judgeEventLog(
  checks: Checks,
  parts: EvidenceParts,
  { quote, checks: quoteChecks }: QuoteVerification,
  policy: Policy,
  now: number,
): Promise<PlatformClaims | undefined> {
  // Registers count only out of a quote whose signature holds; zeros replay to nothing.
  const body = quoteChecks.passed("quote.signature") ? quote?.body : undefined;
  const zero = new Uint8Array(48);
  const { rtmr0 = zero, rtmr1 = zero, rtmr2 = zero, rtmr3 = zero, mrconfigid = zero } = body ?? {};
  const found = new Checks();
  const claims = await verifyEventLog(found, {
    eventLog: parts.eventLog,
    registers: { rtmr0, rtmr1, rtmr2, rtmr3 },
    mrConfigId: mrconfigid,
    appCompose: parts.appCompose,
    policy,
    now,
  });
  if (body !== undefined) {
    checks.include(found);
    return claims;
  }
  for (const { id } of found.list) checks.skip(id, "there is no verified quote to hold the event log against");
  return undefined;
}

function judgeCustody(
  checks: Checks,
  keyset: Keyset | undefined,
  claims: PlatformClaims | undefined,
  policy: Policy,
): void {
  if (keyset === undefined) {
    checks.skip("key.custody", "there is no keyset", { required: policy.kms.roots !== undefined });
    return;
  }
  verifyCustody(checks, { keys: custodyKeys(keyset), appId: claims?.appId, policy });
}

function judgeDevicesBound(checks: Checks, { devices }: EvidenceParts, bound: boolean): void {
  if (devices.length === 0) {
    checks.skip("gpu.bound", "there are no devices", { required: false });
  } else if (bound && checks.passed("gpu.nonce")) {
    checks.pass("gpu.bound", "the quote commits to the reports, and their nonce to the quote's keyset");
  } else {
    const remedy = "devices must be asked with the nonce that nonce and keyset give, and be in the quote";
    checks.fail("gpu.bound", "the devices' reports do not belong to this quote", remedy);
  }
}

function skipManifest(checks: Checks): void {
  for (const id of ["model.digest", "manifest.routes"] as const)
    checks.skip(id, "the quote does not commit to the manifest");
}

/**
 * Who says of itself that it is simulated is believed, although nothing vouches for the word: it can cost an acceptance
 * and never bring one. Who does not say so is judged by its roots, as everybody.
 */
function judgeStatedSimulation(checks: Checks, { simulated }: Evidence, { allowSimulated }: Policy): void {
  if (!simulated || allowSimulated) return;
  const cause = "the gateway says of itself that its platform, or a part of it, is simulated";
  checks.fail("simulation", cause, "ask a gateway on hardware, or allow simulation in the policy (allowSimulated)");
}

function claimFacts(claims: PlatformClaims): Fact {
  const hex = (bytes: Uint8Array | undefined): string | null => (bytes === undefined ? null : bytesToHex(bytes));
  return {
    appId: hex(claims.appId),
    composeHash: hex(claims.composeHash),
    osImageHash: hex(claims.osImageHash),
    keyProvider: claims.keyProvider === undefined ? null : { ...claims.keyProvider },
  };
}

function notesOf({ policy, nonce, connection }: EvidenceInput, simulated: boolean): string[] {
  const notes: string[] = [];
  if (simulated) notes.push("SIMULATED: a program made this evidence; it proves nothing about hardware.");
  if (!pinsSoftware(policy)) {
    notes.push(
      "No measurement is pinned: some trust domain on a current platform holds these keys, and which software runs in it is not established.",
    );
  }
  if (nonce === undefined) notes.push("No nonce was sent: the evidence may be an old one.");
  if (connection === undefined) {
    notes.push("The evidence is not bound to a connection: trust the keys it attests, not whoever handed it over.");
  }
  return notes;
}

/** Whether the policy says which software may hold the keys; pins of the machine or its module alone do not. */
function pinsSoftware({ measurements: { values, images }, app }: Policy): boolean {
  return [images, values.mrtd, values.rtmr3, app.composeHashes].some((pins) => pins !== undefined);
}
