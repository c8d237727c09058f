import { toBinary } from "@bufbuild/protobuf";
import { CountersignError } from "@countersign/client/errors";
import { DEFAULT_POLICY, type Policy, parsePolicy } from "@countersign/client/policy";
import { parseStrictJson } from "@countersign/client/quote";
import { CheckFailure, type Verdict } from "@countersign/client/verdict";
import { type Evidence, EvidenceSchema } from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { GatewayError } from "../errors/index.ts";
import { createJudgeThread, type JudgeThread } from "./judge-thread.ts";
import { NONCE_BYTES } from "./native-evidence.ts";
import { createRateLimiter, type RateLimits } from "./rate-limiter.ts";

/** What a caller without a verifier asks to be judged. All of it is attacker-controlled. */
export interface JudgeRequest {
  readonly evidence?: Evidence | undefined;
  /** Policy, JSON. Empty: the default policy. */
  readonly policy: Uint8Array;
  /** 32 bytes. Empty: whether the evidence is fresh is not judged. */
  readonly nonce: Uint8Array;
}

/** Judges other gateways' evidence for anonymous callers. */
export interface EvidenceJudge {
  /**
   * @param address whom it is counted for
   * @returns the verdict, accepted or not
   * @throws GatewayError `invalid_request` naming the field, `rate_limited`
   */
  judge(request: JudgeRequest, address: string): Promise<Verdict>;
}

export interface EvidenceJudgeOptions {
  /** Default: five a second for all, one a second for an address, with bursts of ten and five. */
  readonly limits?: RateLimits;
  /** Default: a thread of its own. */
  readonly thread?: JudgeThread;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

const LIMITS: RateLimits = { total: { perSecond: 5, burst: 10 }, perAddress: { perSecond: 1, burst: 5 } };
/** Verifications at once. One takes some dozens of milliseconds of one core. */
const MAX_RUNNING = 4;
/** A policy with hundreds of pins. Bytes. */
const MAX_POLICY = 64 * 1024;

const OWN_NOTE =
  "The gateway that was asked has judged this. Its word proves nothing about itself; verify it on a machine of yours.";

export function createEvidenceJudge(options: EvidenceJudgeOptions = {}): EvidenceJudge {
  const { limits = LIMITS, thread = createJudgeThread(), now = Date.now } = options;
  const refusal = (whom: string): string => `Judging evidence takes time, and ${whom} asked too often. Try again later`;
  const limiter = createRateLimiter(limits, refusal);
  let running = 0;

  return {
    async judge({ evidence, policy, nonce }, address) {
      if (evidence === undefined) throw invalid("evidence", "is required");
      if (nonce.length !== 0 && nonce.length !== NONCE_BYTES) throw invalid("nonce", `${NONCE_BYTES} bytes, or none`);
      if (policy.length > MAX_POLICY) throw invalid("policy", `is larger than ${MAX_POLICY} bytes`);
      // Nobody waits in a queue that whoever comes first can fill.
      if (running >= MAX_RUNNING) {
        throw new GatewayError("rate_limited", "Other evidence is being judged. Try again in a moment");
      }
      limiter.admit(address);
      const demanded = readPolicy(policy);
      running += 1;
      try {
        const verdict = await thread.verify({
          evidence: toBinary(EvidenceSchema, evidence),
          nonce: nonce.length === 0 ? undefined : nonce,
          policy: demanded,
          now: now() / 1000,
        });
        return { ...verdict, notes: [OWN_NOTE, ...verdict.notes] };
      } finally {
        running -= 1;
      }
    },
  };
}

function readPolicy(bytes: Uint8Array): Policy {
  if (bytes.length === 0) return DEFAULT_POLICY;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid("policy", "is not text in UTF-8");
  }
  try {
    return parsePolicy(parseStrictJson(text, "policy"));
  } catch (error) {
    if (error instanceof CheckFailure) throw new GatewayError("invalid_request", error.message, { param: "policy" });
    if (error instanceof CountersignError && error.code === "policy.invalid") throw invalidPolicy(error);
    throw error;
  }
}

/** The reader says `[policy.invalid] path: reason`, with the path from the policy's root, or `policy` for the root. */
function invalidPolicy({ message }: CountersignError): GatewayError {
  const said = message.slice(message.indexOf(" ") + 1);
  const path = said.slice(0, said.indexOf(": "));
  return new GatewayError("invalid_request", said, { param: path === "policy" ? path : `policy.${path}` });
}

function invalid(param: string, what: string): GatewayError {
  return new GatewayError("invalid_request", `${param}: ${what}`, { param });
}
