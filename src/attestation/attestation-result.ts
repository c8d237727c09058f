import { hash } from "node:crypto";
import type { Policy } from "@countersign/client/policy";
import { PRIVASYS_EXPORTER_LABEL, verifyLeaf } from "@countersign/client/ratls";
import { concludeVerdict } from "@countersign/client/verdict";
import { GatewayError } from "../errors/index.ts";
import type { Platform } from "../platform/index.ts";
import { attestationError } from "./attestation-error.ts";
import { type AttestationResult, resultDocument } from "./attestation-result-document.ts";
import { verifyChallenge } from "./challenge-verification.ts";
import { leafQuote } from "./leaf-quote.ts";
import { type LoopbackAddress, type LoopbackConnection, openLoopback } from "./loopback-connection.ts";
import { platformPolicy } from "./platform-policy.ts";
import { publicKeyOf } from "./presented-certificate.ts";
import type { PrivasysAttestation } from "./privasys-attestation.ts";
import type { QuoteLimiter } from "./quote-limiter.ts";
import { createRefreshedValue } from "./refreshed-value.ts";
import { createSingleFlight } from "./single-flight.ts";

/** Results of handshakes this gateway makes with its own TLS listener, for callers who cannot see theirs: browsers. */
export interface AttestationResults {
  /**
   * What the leaf proves, and with a challenge what the listener answers to it on that same connection. Without a
   * challenge the cached form.
   *
   * @param challenge 32 bytes
   * @param address whom the quote of a challenge is counted for
   * @throws GatewayError `tls_required`, `rate_limited`, `attestation_unavailable`, `attestation_timeout`
   */
  result(challenge: Uint8Array | undefined, address: string): Promise<AttestationResult>;
  /** Forgets what was made of an older leaf. */
  invalidate(): void;
}

export interface AttestationResultsOptions {
  readonly platform: Platform;
  readonly modelName: string;
  readonly privasys: PrivasysAttestation;
  /** What this gateway judges its own evidence by. */
  readonly policy: Policy;
  readonly limiter: QuoteLimiter;
  /** The TLS listener; undefined if there is none. */
  readonly listener: () => LoopbackAddress | undefined;
  /** How old what is served without a challenge may be. Milliseconds. */
  readonly cacheTtlMs: number;
  readonly onRefreshFailure: (reason: unknown) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** Handshake, quote and verification together. Milliseconds. */
const TIMEOUT_MS = 60_000;
const ATTEST_PATH = "/__privasys/attest";

export function createAttestationResults(options: AttestationResultsOptions): AttestationResults {
  const { platform, limiter, privasys, cacheTtlMs, onRefreshFailure, now = Date.now } = options;
  const policy = platformPolicy(options.policy);
  const flights = createSingleFlight<AttestationResult>();
  const cached = createRefreshedValue({ ttlMs: cacheTtlMs, make: () => make(undefined), onRefreshFailure });

  const collateralOf = async (quote: Uint8Array): Promise<string | undefined> => platform.collateral?.collateral(quote);

  async function make(challenge: Uint8Array | undefined): Promise<AttestationResult> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      using connection = await openLoopback(listener(), signal);
      const moment = now() / 1000;
      const chain = connection.chain.map(({ raw }) => new Uint8Array(raw));
      const ownQuote = await leafQuote(chain[0]);
      const collateral = ownQuote === undefined ? undefined : await collateralOf(ownQuote);
      const leaf = await verifyLeaf({ chain, now: moment, policy, collateral });
      const challenged = challenge === undefined ? undefined : await attest(connection, challenge, moment);
      const { checks, simulated, facts } = leaf;
      return resultDocument({
        platform,
        modelName: options.modelName,
        now: moment,
        connection,
        leaf: {
          ...leaf,
          quoteBytes: ownQuote,
          verdict: concludeVerdict({ subject: "certificate", checks, policy, now: moment, simulated, facts }),
        },
        challenged,
      });
    } catch (thrown) {
      throw failure(thrown, signal);
    }
  }

  async function attest(connection: LoopbackConnection, challenge: Uint8Array, moment: number) {
    const spki = publicKeyOf(connection.chain[0]);
    const exporter = connection.exporter(PRIVASYS_EXPORTER_LABEL, challenge);
    const body = {
      v: 2,
      mode: "challenge",
      leaf: hash("sha256", spki, "buffer").toString("base64url"),
      context: Buffer.from(challenge).toString("base64url"),
    };
    using _ = privasys.expectOwn(exporter);
    const answer = await connection.post(ATTEST_PATH, JSON.stringify(body));
    if (answer.status === 504)
      throw new GatewayError("attestation_timeout", "The platform did not give evidence in time. Try again later");
    if (answer.status !== 200) throw new Error(`the listener answered with status ${answer.status}`);
    const input = { answer: answer.body, spki, challenge, exporter, policy, now: moment, collateralOf };
    return { challenge, exporter, ...(await verifyChallenge(input)) };
  }

  function listener(): LoopbackAddress {
    const address = options.listener();
    if (address === undefined) {
      throw new GatewayError("tls_required", "This gateway has no TLS listener, so there is no handshake to report on");
    }
    return address;
  }

  return {
    async result(challenge, address) {
      listener();
      if (challenge === undefined) return cached.get();
      const key = Buffer.from(challenge).toString("hex");
      if (!flights.has(key)) limiter.admit(address);
      return flights.run(key, () => make(challenge));
    },
    invalidate: () => cached.invalidate(),
  };
}

function failure(thrown: unknown, signal: AbortSignal): unknown {
  const known = attestationError(thrown);
  if (known instanceof GatewayError) return known;
  return signal.aborted
    ? new GatewayError("attestation_timeout", "The listener gave no evidence in time. Try again later", {
        cause: known,
      })
    : new GatewayError("attestation_unavailable", "The listener gives no evidence now. Try again later", {
        cause: known,
      });
}
