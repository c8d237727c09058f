import { CheckFailure } from "../../verdict/index.ts";
import { type JsonObject, jsonObject } from "../json.ts";

/** Versions of the service's claims that are known. */
export type ClaimsVersion = "2.0" | "3.0";

/** Whether a value is such a version. */
export function isClaimsVersion(value: unknown): value is ClaimsVersion {
  return value === "2.0" || value === "3.0";
}

/** Claims of a GPU that must have exactly this value, whatever the version. */
const COMMON: Readonly<Record<string, unknown>> = {
  measres: "success",
  secboot: true,
  dbgstat: "disabled",
  "x-nvidia-gpu-arch-check": true,
  "x-nvidia-gpu-attestation-report-parsed": true,
  "x-nvidia-gpu-attestation-report-nonce-match": true,
  "x-nvidia-gpu-attestation-report-signature-verified": true,
  "x-nvidia-gpu-driver-rim-fetched": true,
  "x-nvidia-gpu-driver-rim-signature-verified": true,
  "x-nvidia-gpu-driver-rim-measurements-available": true,
  "x-nvidia-gpu-vbios-rim-fetched": true,
  "x-nvidia-gpu-vbios-rim-signature-verified": true,
  "x-nvidia-gpu-vbios-rim-measurements-available": true,
  "x-nvidia-gpu-vbios-index-no-conflict": true,
};

const OF_VERSION: Readonly<Record<ClaimsVersion, Readonly<Record<string, unknown>>>> = {
  "2.0": {
    "x-nvidia-gpu-attestation-report-cert-chain-validated": true,
    "x-nvidia-gpu-driver-rim-cert-validated": true,
    "x-nvidia-gpu-vbios-rim-cert-validated": true,
  },
  "3.0": {
    "x-nvidia-gpu-attestation-report-cert-chain-fwid-match": true,
    "x-nvidia-gpu-driver-rim-version-match": true,
    "x-nvidia-gpu-vbios-rim-version-match": true,
  },
};

/** Claims the service leaves out at times; where they are, they must be true. */
const IF_PRESENT = ["x-nvidia-gpu-driver-rim-schema-validated", "x-nvidia-gpu-vbios-rim-schema-validated"];

const DEVICE_CHAIN = "x-nvidia-gpu-attestation-report-cert-chain";
const SIGNER_CHAINS = ["x-nvidia-gpu-driver-rim-cert-chain", "x-nvidia-gpu-vbios-rim-cert-chain"];

/**
 * Holds the claims of one GPU to what must be true of it.
 *
 * @param holdAccepted whether a reference-value signer may be on hold
 * @throws CheckFailure naming the claim
 */
export function requireGpuClaims(
  claims: JsonObject,
  what: string,
  version: ClaimsVersion,
  holdAccepted: boolean,
): void {
  for (const [name, value] of Object.entries({ ...COMMON, ...OF_VERSION[version] })) {
    if (claims[name] !== value) throw new CheckFailure(`${what}: the service does not claim ${name}`);
  }
  for (const name of IF_PRESENT) {
    if (claims[name] !== undefined && claims[name] !== true) {
      throw new CheckFailure(`${what}: the service does not claim ${name}`);
    }
  }
  if (version === "3.0") {
    requireChain(claims, DEVICE_CHAIN, what, false);
    for (const name of SIGNER_CHAINS) requireChain(claims, name, what, holdAccepted);
  }
  requireNoTrouble(claims, what, holdAccepted);
}

/** The service's own words for what went wrong, or is tolerated: a signer's certificate on hold. */
export function requireNoTrouble(claims: JsonObject, what: string, holdAccepted: boolean): void {
  if ((claims["x-nvidia-error-details"] ?? null) !== null)
    throw new CheckFailure(`${what}: the service states an error`);
  if ((claims["x-nvidia-attestation-warning"] ?? null) !== null && !holdAccepted) {
    throw new CheckFailure(
      `${what}: the service warns of a certificate on hold`,
      "accept reference-value signers on hold in the policy, if you mean to",
    );
  }
}

function requireChain(claims: JsonObject, name: string, what: string, holdAccepted: boolean): void {
  const chain = jsonObject(claims[name], `${what}, ${name}`);
  const status = chain["x-nvidia-cert-ocsp-status"];
  const reason = chain["x-nvidia-cert-revocation-reason"];
  const held = status === "revoked" && (reason === "certificate_hold" || reason === "certificateHold");
  if (chain["x-nvidia-cert-status"] !== "valid" || !(status === "good" || (held && holdAccepted))) {
    throw new CheckFailure(`${what}: the service does not find ${name} valid and unrevoked`);
  }
}
