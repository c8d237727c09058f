import { gatewayUrl } from "../client/gateway-url.ts";
import type { TlsOptions } from "../client/tls-options.ts";
import { CountersignError } from "../errors/index.ts";
import { type VerifyConnection, verifyConnection } from "../evidence/index.ts";
import type { Policy } from "../policy/index.ts";
import type { Verdict } from "../verdict/index.ts";

/** How connections are attested. */
export interface AttestationOptions {
  /** Address of the gateway, `https://host[:port]`, with a path prefix if it has one. */
  readonly baseUrl: string;
  /** What is demanded of the gateway's evidence. */
  readonly policy: Policy;
  /** Judges the evidence of a connection. Default: {@link verifyConnection}, with everything this package verifies. */
  readonly verify?: VerifyConnection;
  /**
   * TLS of the connections; the version is always 1.3. Default: chain and name are verified as `node:tls` does. The
   * leaf of a gateway that signs its own needs `rejectUnauthorized: false`: its key is then vouched for by the evidence
   * alone, and what the policy pins is all that says whose gateway it is.
   */
  readonly tls?: TlsOptions;
  /** The clock that evidence is judged by, Unix milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
  /** Hears the verdict of every attestation, accepted or not. */
  readonly onVerdict?: (verdict: Verdict) => void;
  /** How long dialling and attesting may take together. Milliseconds, default 60 000: quotes cost hardware time. */
  readonly attestationTimeoutMs?: number;
}

/** Where to dial and how to judge: the options with their defaults. */
export interface AttestationSettings extends Required<Omit<AttestationOptions, "onVerdict">> {
  /** Scheme, host and port: what HTTP/2 calls the authority. */
  readonly origin: string;
  /** Value of a Host header. */
  readonly hostHeader: string;
  /** Name or address to dial. */
  readonly host: string;
  readonly port: number;
  /** What stands before the path of every method; empty, or begins with a slash. */
  readonly pathPrefix: string;
  readonly onVerdict: (verdict: Verdict) => void;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const HTTPS_PORT = 443;

/** @throws CountersignError `config.invalid` */
export function settleAttestation(options: AttestationOptions): AttestationSettings {
  const { policy, verify = verifyConnection, tls = {}, now = Date.now, onVerdict = () => {} } = options;
  const { attestationTimeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const baseUrl = gatewayUrl(options.baseUrl);
  const url = new URL(baseUrl);
  if (url.protocol !== "https:") {
    throw new CountersignError(
      "config.invalid",
      "attested connections need an https `baseUrl`: without TLS there is no channel to bind",
    );
  }
  if (!Number.isInteger(attestationTimeoutMs) || attestationTimeoutMs < 1 || attestationTimeoutMs > 2_147_483_647) {
    throw new CountersignError(
      "config.invalid",
      "`attestationTimeoutMs` is a whole number of milliseconds from 1 to 2 147 483 647",
    );
  }
  return {
    baseUrl,
    policy,
    verify,
    tls,
    now,
    onVerdict,
    attestationTimeoutMs,
    origin: url.origin,
    hostHeader: url.host,
    // WHATWG URL writes IPv6 addresses in brackets, sockets do not.
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? HTTPS_PORT : Number(url.port),
    pathPrefix: url.pathname.replace(/\/$/, ""),
  };
}
