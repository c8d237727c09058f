import { bytesToHex } from "@noble/hashes/utils.js";
import { crypto } from "../crypto/index.ts";
import type { Policy } from "../policy/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import type { Checks } from "../verdict/index.ts";
import type { Certificate } from "../x509/index.ts";

/** NVIDIA Device Identity CA, valid from 2021-11-05: SHA-256 of its DER. */
export const NVIDIA_DEVICE_ROOT = "102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48";

/** How the organisation of a simulated device's root begins, whatever else is said about it. */
const SIMULATED_ORGANIZATION = "SIMULATED GPU";

/** What the last certificate of a chain is to a policy. */
export interface RootStanding {
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
  /** Who names it; undefined: nobody. */
  readonly namedBy: "NVIDIA" | "policy" | undefined;
  readonly simulated: boolean;
  /** Whether chains may end in it. One that is simulated needs the policy's consent besides its name. */
  readonly trusted: boolean;
}

/** Judges a root: NVIDIA's is known by its fingerprint; others only if the policy names them, byte for byte. */
export function judgeRoot(root: Certificate, policy: Policy): RootStanding {
  const fingerprint = bytesToHex(crypto.digest("sha256", root.encoded));
  if (fingerprint === NVIDIA_DEVICE_ROOT) return { fingerprint, namedBy: "NVIDIA", simulated: false, trusted: true };
  const named = policy.roots.filter(
    ({ kind, fingerprint: known, certificate }) =>
      kind === "gpu" && known === fingerprint && equalBytes(certificate, root.encoded),
  );
  const marked = root.subject.organization?.startsWith(SIMULATED_ORGANIZATION) === true;
  const simulated = marked || named.some((one) => one.simulated);
  return {
    fingerprint,
    namedBy: named.length > 0 ? "policy" : undefined,
    simulated,
    trusted: named.length > 0 && (!simulated || policy.allowSimulated),
  };
}

/**
 * Records whether devices are simulated and may be: the caller names their root *and* allows simulation. Either alone
 * is refused, so that neither a copied root nor a forgotten flag is enough.
 *
 * @returns whether any is simulated, allowed or not
 */
export function checkSimulation(checks: Checks, standings: readonly RootStanding[], policy: Policy): boolean {
  const simulated = standings.filter((standing) => standing.simulated);
  const named = simulated.every(({ namedBy }) => namedBy !== undefined);
  if (simulated.length === 0) {
    checks.pass("simulation", "no device's root is a simulated one");
  } else if (named && policy.allowSimulated) {
    checks.pass("simulation", "SIMULATED: the caller names the devices' root and allows simulation");
  } else {
    const name = "name the devices' root among the policy's roots, from a source other than the peer";
    const allow = "allow simulation in the policy (allowSimulated)";
    checks.fail(
      "simulation",
      "devices are simulated and prove nothing about hardware",
      named ? allow : policy.allowSimulated ? name : `${name}, and ${allow}`,
    );
  }
  return simulated.length > 0;
}
