import { randomBytes } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_POLICY, type Policy, policyText } from "@countersign/client/policy";
import { TeeError } from "../tee/index.ts";
import {
  SIMULATED_IMAGE,
  type SimulatedAgent,
  type SimulatedGpus,
  type SimulatedKms,
  type SimulatedPlatform,
} from "../tee/simulated/index.ts";

/** The parts of a simulated TEE that a policy pins. */
export interface SimulatedParts {
  readonly machine: SimulatedPlatform;
  readonly agent: SimulatedAgent;
  readonly kms: SimulatedKms;
  readonly gpus: SimulatedGpus;
  readonly gpuCount: number;
}

const FILE = "policy.yaml";
const HEADER = `# Trusts exactly this installation's SIMULATED TEE. It proves nothing about hardware. Written at every start.\n`;

/** A policy that pins this simulated TEE: roots, image, application, key service, number of GPUs. */
export function simulatedPolicy({ machine, agent, kms, gpus, gpuCount }: SimulatedParts): Policy {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  const { mrtd, rtmr0, rtmr1, rtmr2 } = SIMULATED_IMAGE;
  const { compose, osImageHash } = agent.boot;
  return {
    ...DEFAULT_POLICY,
    name: "simulated TEE of this installation",
    measurements: { values: {}, images: [{ name: "simulated image", mrtd, rtmr0, rtmr1, rtmr2 }] },
    app: {
      ...DEFAULT_POLICY.app,
      ids: [hex(compose.appId)],
      composeHashes: [hex(compose.hash)],
      osImageHashes: [hex(osImageHash)],
      keyProviders: [{ name: "kms", id: hex(kms.authority.publicKey) }],
    },
    kms: { roots: [hex(kms.rootPublicKey)] },
    gpu: { ...DEFAULT_POLICY.gpu, count: gpuCount },
    roots: [
      { kind: "tdx", fingerprint: machine.rootFingerprint, certificate: machine.rootCertificate, simulated: true },
      { kind: "gpu", fingerprint: gpus.rootFingerprint, certificate: gpus.rootCertificate, simulated: true },
    ],
    allowSimulated: true,
  };
}

/**
 * Writes the policy beside the installation's state, so that a person can hand it to a verifier. A verifier never
 * learns it from the gateway itself. A reader finds the file whole while another gateway of the installation starts.
 *
 * @returns its path
 * @throws TeeError if it cannot be written
 */
export function writeSimulatedPolicy(stateDirectory: string, policy: Policy): string {
  const path = join(stateDirectory, FILE);
  const temporary = join(stateDirectory, `.${FILE}.${randomBytes(8).toString("hex")}`);
  try {
    writeFileSync(temporary, HEADER + policyText(policy), { flag: "wx", mode: 0o600 });
    renameSync(temporary, path);
    return path;
  } catch {
    rmSync(temporary, { force: true });
    throw new TeeError("tee.unreachable", `${path}: cannot be written; check the directory's permissions and space`);
  }
}
