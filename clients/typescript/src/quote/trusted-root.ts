import { bytesToHex } from "@noble/hashes/utils.js";
import { crypto } from "../crypto/index.ts";
import { DerError } from "../der/index.ts";
import type { Policy } from "../policy/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { parseCertificate } from "../x509/index.ts";

/** SHA-256 of the DER of the Intel SGX Root CA: the root of every genuine platform. */
export const INTEL_ROOT_FINGERPRINT = "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3";

/** Subjects of simulated roots say so here, so a caller who names one as an ordinary root is still told. */
const SIMULATED_ORGANIZATION = "SIMULATED TEE";

/** What the caller makes of the root a quote brings along. */
export interface RootStanding {
  readonly der: Uint8Array;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  /** Who names it as trusted; undefined: nobody. */
  readonly namedBy: "Intel" | "policy" | undefined;
  readonly simulated: boolean;
}

/**
 * Judges the last certificate of a chain. Intel's root is known by its fingerprint alone: only bytes that hash to it
 * pass, and finding others would be a second preimage of SHA-256, so the bytes that pass are Intel's certificate, and
 * a chain may then be compared with them. A root of the policy must be equal byte for byte as well.
 *
 * @param der attacker-controlled
 */
export function judgeRoot(der: Uint8Array, policy: Policy): RootStanding {
  const fingerprint = bytesToHex(crypto.digest("sha256", der));
  // Nothing makes Intel's root a simulated one, and no policy is needed for it.
  if (fingerprint === INTEL_ROOT_FINGERPRINT) return { der, fingerprint, namedBy: "Intel", simulated: false };
  const named = policy.roots.filter(
    (root) => root.kind === "tdx" && root.fingerprint === fingerprint && equalBytes(root.certificate, der),
  );
  return {
    der,
    fingerprint,
    namedBy: named.length > 0 ? "policy" : undefined,
    simulated: named.some((root) => root.simulated) || statesSimulation(der),
  };
}

function statesSimulation(der: Uint8Array): boolean {
  try {
    return parseCertificate(der).subject.organization?.startsWith(SIMULATED_ORGANIZATION) === true;
  } catch (error) {
    // Unreadable: the chain it ends is refused for that.
    if (error instanceof DerError) return false;
    throw error;
  }
}
