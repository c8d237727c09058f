import { hash } from "node:crypto";
import { NATIVE_EXPORTER_LABEL } from "@countersign/client/ratls";
import type { Evidence } from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { GatewayError } from "../errors/index.ts";
import type { TlsChannel } from "../server/index.ts";
import { type NativeEvidenceMaker, NONCE_BYTES } from "./native-evidence.ts";
import { makeNearReport, type NearReportOptions, ownNonce, type ReportAlgorithm } from "./near-report.ts";
import type { QuoteLimiter } from "./quote-limiter.ts";
import { createRefreshedValue, type RefreshedValue } from "./refreshed-value.ts";
import { createSingleFlight } from "./single-flight.ts";

/** What the doors ask for. Everything here is public, so everything is counted and bounded. */
export interface Attestation {
  /**
   * Native evidence: fresh for a nonce, or without one the cached form.
   *
   * @param address whom a fresh quote is counted for
   * @throws GatewayError `invalid_request`, `rate_limited`, `attestation_unavailable`, `attestation_timeout`
   */
  evidence(nonce: Uint8Array | undefined, address: string): Promise<Evidence>;
  /**
   * Evidence bound to a connection.
   *
   * @throws GatewayError also `tls_required`
   */
  connectionEvidence(nonce: Uint8Array, channel: TlsChannel | undefined, address: string): Promise<Evidence>;
  /** An attestation report as peers make it, JSON text. Without a nonce the cached form. */
  report(request: ReportRequest, address: string): Promise<string>;
  /** Forgets what was made of an older state: keyset, manifest or devices have changed. */
  invalidate(): void;
}

export interface ReportRequest {
  readonly algorithm: ReportAlgorithm;
  readonly nonce: Uint8Array | undefined;
  readonly tlsFingerprint: Uint8Array | undefined;
}

export interface AttestationOptions {
  readonly native: NativeEvidenceMaker;
  readonly report: NearReportOptions;
  readonly limiter: QuoteLimiter;
  /** How old what is served without a nonce may be. Milliseconds. */
  readonly cacheTtlMs: number;
  /** Called with failures nobody waits for. */
  readonly onRefreshFailure: (reason: unknown) => void;
}

/** Fresh quotes are single-flight per door and nonce; joining one that is being made costs nothing and is not counted. */
export function createAttestation(options: AttestationOptions): Attestation {
  const { native, limiter, cacheTtlMs, onRefreshFailure } = options;
  const evidenceFlights = createSingleFlight<Evidence>();
  const reportFlights = createSingleFlight<string>();
  /** Connections an attestation is being made for: one at a time each. */
  const attesting = new WeakSet<object>();
  const cachedEvidence = createRefreshedValue({
    ttlMs: cacheTtlMs,
    make: () => native.makeUnasked(),
    onRefreshFailure,
  });
  const cachedReports = new Map<string, RefreshedValue<string>>();

  function cachedReport(request: ReportRequest): RefreshedValue<string> {
    // Two algorithms, with and without the one TLS fingerprint in use: the number of keys is bounded.
    const key = `${request.algorithm} ${hex(request.tlsFingerprint)}`;
    let value = cachedReports.get(key);
    if (value === undefined) {
      const make = () => makeNearReport(options.report, { ...request, nonce: ownNonce() });
      value = createRefreshedValue({ ttlMs: cacheTtlMs, make, onRefreshFailure });
      cachedReports.set(key, value);
    }
    return value;
  }

  return {
    async evidence(nonce, address) {
      if (nonce === undefined) return cachedEvidence.get();
      requireNonce(nonce);
      const key = hex(nonce);
      if (!evidenceFlights.has(key)) limiter.admit(address);
      return evidenceFlights.run(key, () => native.make(nonce, true));
    },

    async connectionEvidence(nonce, channel, address) {
      requireNonce(nonce);
      if (channel?.isTls13 !== true) {
        throw new GatewayError("tls_required", "Evidence of a connection needs TLS 1.3. Connect to the TLS port");
      }
      const leafPublicKey = channel.leafPublicKey();
      const exporter = channel.exportKeyingMaterial(32, NATIVE_EXPORTER_LABEL, nonce);
      if (leafPublicKey === undefined || exporter === undefined) {
        throw new GatewayError("cancelled", "The connection is gone");
      }
      if (attesting.has(channel.socket)) {
        throw new GatewayError("rate_limited", "An attestation of this connection is under way. Wait for it");
      }
      limiter.admit(address);
      attesting.add(channel.socket);
      try {
        return await native.make(nonce, true, { leafSpki: leafPublicKey, exporter });
      } finally {
        attesting.delete(channel.socket);
      }
    },

    async report(request, address) {
      const { nonce } = request;
      if (nonce === undefined) return cachedReport(request).get();
      const key = `${request.algorithm} ${hex(request.tlsFingerprint)} ${hex(nonce)}`;
      if (!reportFlights.has(key)) limiter.admit(address);
      return reportFlights.run(key, () => makeNearReport(options.report, { ...request, nonce }));
    },

    invalidate() {
      cachedEvidence.invalidate();
      for (const value of cachedReports.values()) value.invalidate();
    },
  };
}

/** SHA-256 of a DER SubjectPublicKeyInfo: what a report is bound to. */
export function tlsFingerprint(publicKey: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha256", publicKey, "buffer"));
}

function requireNonce(nonce: Uint8Array): void {
  if (nonce.length !== NONCE_BYTES) {
    throw new GatewayError("invalid_request", `nonce: ${NONCE_BYTES} bytes are needed`, { param: "nonce" });
  }
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : Buffer.from(bytes).toString("hex");
}
