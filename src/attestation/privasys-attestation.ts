import { hash, timingSafeEqual } from "node:crypto";
import { minuteText, PRIVASYS_EXPORTER_LABEL, ratlsReportData } from "@countersign/client/ratls";
import { GatewayError } from "../errors/index.ts";
import type { Platform } from "../platform/index.ts";
import type { TlsChannel } from "../server/index.ts";
import { attestationError } from "./attestation-error.ts";
import type { QuoteLimiter } from "./quote-limiter.ts";
import { createRefreshedValue } from "./refreshed-value.ts";

/** A request after it was read: the leaf the caller saw, and in challenge mode its context. */
export type PrivasysRequest =
  | { readonly mode: "challenge"; readonly leaf: Uint8Array; readonly context: Uint8Array }
  | { readonly mode: "deterministic"; readonly leaf: Uint8Array };

/** The answer, as it goes out in JSON. Binary is base64url without padding. */
export interface PrivasysAnswer {
  readonly v: 2;
  readonly mode: PrivasysRequest["mode"];
  readonly tee: "tdx";
  readonly quote: string;
  readonly gpu_evidence: null;
  /** The minute the quote speaks of; in challenge mode for information only. */
  readonly quote_time: string;
  readonly client_evidence: "none";
  readonly client_context: null;
}

/** Evidence after the handshake as the second version of Privasys' RA-TLS asks for it. */
export interface PrivasysAttestation {
  /**
   * @param address whom a fresh quote is counted for
   * @throws GatewayError `tls_required`, `not_found` (another leaf than this connection's), `rate_limited`,
   *   `attestation_unavailable`, `attestation_timeout`
   */
  answer(request: PrivasysRequest, channel: TlsChannel | undefined, address: string): Promise<PrivasysAnswer>;
  /**
   * Announces a challenge on a connection of this process with itself. It was counted for whom it is made, so the
   * connection's own address is not counted again, until this is disposed of.
   *
   * @param exporter the connection's exporter value for the challenge: only its two ends know it
   */
  expectOwn(exporter: Uint8Array): Disposable;
}

export interface PrivasysAttestationOptions {
  readonly platform: Platform;
  readonly limiter: QuoteLimiter;
  readonly onRefreshFailure: (reason: unknown) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** Verifiers accept a deterministic quote for a day; it is made anew after half of that. Milliseconds. */
const DETERMINISTIC_TTL_MS = 24 * 3600 * 1000;
const EXPORTER_BYTES = 32;

export function createPrivasysAttestation(options: PrivasysAttestationOptions): PrivasysAttestation {
  const { platform, limiter, onRefreshFailure, now = Date.now } = options;
  const own = new Set<string>();
  let cached: { readonly key: string; readonly value: ReturnType<typeof deterministic> } | undefined;

  async function quoteFor(spki: Uint8Array, binding: Uint8Array, minute: string) {
    try {
      const { quote } = await platform.quotes.quote(ratlsReportData({ spki, binding }));
      return { quote: Buffer.from(quote).toString("base64url"), minute };
    } catch (thrown) {
      throw attestationError(thrown);
    }
  }

  function deterministic(spki: Uint8Array) {
    const make = () => {
      const minute = minuteText(now() / 1000);
      return quoteFor(spki, new TextEncoder().encode(minute), minute);
    };
    return createRefreshedValue({ ttlMs: DETERMINISTIC_TTL_MS, make, onRefreshFailure });
  }

  function deterministicFor(spki: Uint8Array) {
    // The gateway has one leaf key; another one takes the place of the former.
    const key = Buffer.from(spki).toString("base64");
    if (cached?.key !== key) cached = { key, value: deterministic(spki) };
    return cached.value.get();
  }

  return {
    async answer(request, channel, address) {
      if (channel?.isTls13 !== true) {
        throw new GatewayError("tls_required", "attestation needs TLS 1.3, end to end");
      }
      const spki = channel.leafPublicKey();
      if (spki === undefined) throw new GatewayError("cancelled", "the connection is gone");
      // Answered for the leaf of this connection only: an answer about another one would be evidence to relay.
      if (!timingSafeEqual(hash("sha256", spki, "buffer"), request.leaf)) {
        throw new GatewayError("not_found", "this connection has another leaf");
      }
      let made: { readonly quote: string; readonly minute: string };
      if (request.mode === "deterministic") {
        made = await deterministicFor(spki);
      } else {
        const exporter = channel.exportKeyingMaterial(EXPORTER_BYTES, PRIVASYS_EXPORTER_LABEL, request.context);
        if (exporter === undefined) throw new GatewayError("cancelled", "the connection is gone");
        if (!own.delete(Buffer.from(exporter).toString("hex"))) limiter.admit(address);
        const binding = new Uint8Array([...request.context, ...exporter]);
        made = await quoteFor(spki, binding, minuteText(now() / 1000));
      }
      return {
        v: 2,
        mode: request.mode,
        tee: "tdx",
        quote: made.quote,
        gpu_evidence: null,
        quote_time: made.minute,
        client_evidence: "none",
        client_context: null,
      };
    },
    expectOwn(exporter) {
      const key = Buffer.from(exporter).toString("hex");
      own.add(key);
      return { [Symbol.dispose]: () => void own.delete(key) };
    },
  };
}

/** SHA-256, and the length of a context. Bytes. */
const DIGEST_BYTES = 32;

/**
 * Reads a request body: `{"v":2,"mode":"challenge","leaf":…,"context":…}`, or mode `deterministic` without context.
 *
 * @param body attacker-controlled, bounded by the caller
 * @throws GatewayError `invalid_request`
 */
export function readPrivasysRequest(body: Uint8Array): PrivasysRequest {
  const refuse = (what: string): GatewayError => new GatewayError("invalid_request", what);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw refuse("the body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refuse("the body is not an object");
  const { v, mode, leaf, context, ...others } = value as Readonly<Record<string, unknown>>;
  if (v !== 2) throw refuse("v must be 2");
  if (Object.keys(others).length > 0) throw refuse("the body has members beside v, mode, leaf and context");
  const leafDigest = readDigest(leaf);
  if (leafDigest === undefined) throw refuse("leaf must be the base64url of 32 bytes");
  if (mode === "deterministic") {
    if (context !== undefined && context !== null) throw refuse("deterministic mode has no context");
    return { mode, leaf: leafDigest };
  }
  if (mode !== "challenge") throw refuse("mode must be challenge or deterministic");
  const challenge = readDigest(context);
  if (challenge === undefined) throw refuse("context must be the base64url of 32 bytes");
  return { mode, leaf: leafDigest, context: challenge };
}

/** Exactly 32 bytes in base64url without padding, in their one spelling. */
function readDigest(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === DIGEST_BYTES && bytes.toString("base64url") === text ? new Uint8Array(bytes) : undefined;
}
