import { callerAddress, type ReportAlgorithm, signingAddress } from "../../attestation/index.ts";
import { GatewayError } from "../../errors/index.ts";
import { respond, respondError } from "../../server/index.ts";
import type { RestContext, RestServices } from "./route.ts";

/**
 * `GET /v1/attestation/report` and its alias `/v1/attestation`:
 * `?signing_algo=ecdsa|ed25519&signing_address=&nonce=<64 hex digits>&include_tls_fingerprint=true|false`, judged in
 * that order, as peers do. A report that should be bound to TLS and cannot be is an error, never an unbound report.
 */
export function attestationReportRoute(services: RestServices) {
  return ({ request, response, requestId, query }: RestContext): void => {
    const parameters = new URLSearchParams(query);
    const algorithm = readAlgorithm(parameters.get("signing_algo"));
    const address = parameters.get("signing_address");
    if (address !== null && address.toLowerCase() !== signingAddress(services.keys.response, algorithm).toLowerCase()) {
      throw new GatewayError("not_found", "Signing address not found on this server", { param: "signing_address" });
    }
    const nonce = readNonce(parameters.get("nonce"));
    const bound = readFlag(parameters.get("include_tls_fingerprint"));
    const { tlsFingerprint } = services;
    if (bound && tlsFingerprint === undefined) {
      throw new GatewayError(
        "tls_required",
        "This gateway has no TLS certificate to bind a report to. Ask without include_tls_fingerprint",
        { param: "include_tls_fingerprint" },
      );
    }
    const wanted = { algorithm, nonce, tlsFingerprint: bound ? tlsFingerprint : undefined };
    services.attestation.report(wanted, callerAddress(request.socket.remoteAddress)).then(
      (text) => respond(response, 200, { "content-type": "application/json", "x-request-id": requestId }, text),
      (thrown) => {
        const error = GatewayError.from(thrown);
        if (error.cause !== undefined) services.log.fault("attestation report failed", error.cause);
        services.metrics.error(error.code);
        respondError(request, response, requestId, error);
      },
    );
  };
}

function readAlgorithm(text: string | null): ReportAlgorithm {
  if (text === null || text === "ecdsa") return "ecdsa";
  if (text === "ed25519") return "ed25519";
  throw new GatewayError("invalid_request", "Invalid signing algorithm. Must be 'ed25519' or 'ecdsa'", {
    param: "signing_algo",
  });
}

/** Attacker-controlled: exactly 64 hex digits of either case, or absent. */
function readNonce(text: string | null): Uint8Array | undefined {
  if (text === null) return undefined;
  const refuse = (message: string): GatewayError => new GatewayError("invalid_request", message, { param: "nonce" });
  if (!/^[0-9a-fA-F]*$/.test(text)) throw refuse("Nonce must be hex-encoded");
  if (text.length !== 64) throw refuse("Nonce must be 32 bytes");
  return new Uint8Array(Buffer.from(text, "hex"));
}

function readFlag(text: string | null): boolean {
  if (text === null || text === "false") return false;
  if (text === "true") return true;
  throw new GatewayError("invalid_request", "include_tls_fingerprint must be 'true' or 'false'", {
    param: "include_tls_fingerprint",
  });
}
