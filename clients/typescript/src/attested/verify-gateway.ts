import { randomBytes } from "node:crypto";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type Evidence,
  GetEvidenceRequestSchema,
  GetEvidenceResponseSchema,
} from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { gatewayUrl } from "../client/gateway-url.ts";
import type { TlsOptions } from "../client/tls-options.ts";
import {
  AttestationError,
  type BoundConnection,
  type EvidenceBundle,
  type EvidenceInput,
  NONCE_BYTES,
  verifyEvidence,
} from "../evidence/index.ts";
import type { Policy } from "../policy/index.ts";
import { keysetDigest } from "../transcript/index.ts";
import type { Verdict } from "../verdict/index.ts";
import { ATTEST_HEADERS, MAX_ANSWER_BYTES, unavailable } from "./attest-call.ts";
import { settleAttestation } from "./attestation-options.ts";
import { openAttestedSocket } from "./attested-socket.ts";

/** By what a gateway is judged. */
export interface GatewayRules extends Pick<EvidenceInput, "deviceDocuments" | "rimVerifier"> {
  readonly policy: Policy;
  /** Moment of judgement. Unix seconds. */
  readonly now: number;
  /** TLS of the connection. The leaf's issuer is not judged: the evidence vouches for its key. */
  readonly tls?: TlsOptions;
  /** Milliseconds, default 60 000. */
  readonly timeoutMs?: number;
}

/** A verdict with what it was reached from, for archives. */
export interface GatewayFinding {
  readonly verdict: Verdict;
  readonly bundle: EvidenceBundle;
}

const EVIDENCE_PATH = "/countersign.attestation.v1.AttestationService/GetEvidence";
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Asks a gateway for evidence and judges it. Over https the evidence is about the very connection it came over; over
 * http it can only be about the keys. Nothing of the caller's is sent but a random nonce.
 *
 * @returns the verdict, accepted or not
 * @throws CountersignError `config.invalid`; `tls.channel`, `attestation.unavailable` or `call.*` if there is no evidence
 */
export async function verifyGateway(url: string, rules: GatewayRules): Promise<GatewayFinding> {
  const baseUrl = gatewayUrl(url);
  return baseUrl.startsWith("https:") ? verifyConnectionOf(baseUrl, rules) : verifyKeysOf(baseUrl, rules);
}

async function verifyConnectionOf(baseUrl: string, rules: GatewayRules): Promise<GatewayFinding> {
  const { policy, now, tls, timeoutMs = DEFAULT_TIMEOUT_MS } = rules;
  let finding: GatewayFinding | undefined;
  const settings = settleAttestation({
    baseUrl,
    policy,
    tls: { ...tls, rejectUnauthorized: false },
    now: () => now * 1000,
    attestationTimeoutMs: timeoutMs,
    async verify({ evidence, nonce, leafSpki, exporter }) {
      const connection = { leafSpki, exporter };
      finding = await judge(baseUrl, rules, { evidence, nonce, connection });
      const { verdict } = finding;
      if (verdict.result !== "accepted") throw new AttestationError(verdict);
      return { verdict, keyset: evidence.keyset, keysetDigest: keysetDigest(evidence.keyset) };
    },
  });
  try {
    const { socket } = await openAttestedSocket(settings, AbortSignal.timeout(timeoutMs));
    socket.destroy();
  } catch (error) {
    // A verdict that is not accepted is a result here, and not a failure.
    if (finding === undefined || !(error instanceof AttestationError)) throw error;
  }
  if (finding === undefined) throw unavailable("the gateway gave no evidence");
  return finding;
}

async function verifyKeysOf(baseUrl: string, rules: GatewayRules): Promise<GatewayFinding> {
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
  const evidence = await getEvidence(baseUrl, nonce, rules.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return judge(baseUrl, rules, { evidence, nonce, connection: undefined });
}

interface Received {
  readonly evidence: Evidence;
  readonly nonce: Uint8Array;
  readonly connection: BoundConnection | undefined;
}

async function judge(source: string, rules: GatewayRules, received: Received): Promise<GatewayFinding> {
  const { policy, now, deviceDocuments, rimVerifier } = rules;
  const { verdict } = await verifyEvidence({
    ...received,
    policy,
    now,
    deviceDocuments,
    rimVerifier,
    subject: "gateway",
  });
  return { verdict, bundle: { ...received, source, recordedAt: now } };
}

async function getEvidence(baseUrl: string, nonce: Uint8Array, timeoutMs: number): Promise<Evidence> {
  let response: Response;
  let body: Uint8Array;
  try {
    response = await fetch(`${baseUrl.replace(/\/$/, "")}${EVIDENCE_PATH}`, {
      method: "POST",
      headers: ATTEST_HEADERS,
      body: new Uint8Array(toBinary(GetEvidenceRequestSchema, create(GetEvidenceRequestSchema, { nonce }))),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    body = await bounded(response);
  } catch (cause) {
    throw unavailable("the gateway did not answer GetEvidence; see the cause", { cause });
  }
  if (response.status !== 200) throw unavailable(`the gateway answered GetEvidence with status ${response.status}`);
  let evidence: Evidence | undefined;
  try {
    evidence = fromBinary(GetEvidenceResponseSchema, body).evidence;
  } catch (cause) {
    throw unavailable("the gateway's answer to GetEvidence is not a serialised message", { cause });
  }
  if (evidence === undefined) throw unavailable("the gateway's answer to GetEvidence holds no evidence");
  return evidence;
}

/** Attacker-controlled: read up to the limit and no further. */
async function bounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
