import { createPrivateKey, hash, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { certificatePem } from "@countersign/client/x509";
import { keptFile, textFields, unreadableState } from "../state/index.ts";
import { createGpuAuthority } from "./gpu-authority.ts";
import type { CertifiedGpuKey } from "./gpu-certificate.ts";
import { createGpuIdentity, type GpuIdentity } from "./gpu-identity.ts";

/** The simulated GPUs of an installation, under a root of its own. They protect nothing. */
export interface SimulatedGpus {
  /** DER of the root that stands for NVIDIA's. Verifiers trust it only where a caller names it. */
  readonly rootCertificate: Uint8Array;
  /** SHA-256 of it, lower-case hex. */
  readonly rootFingerprint: string;
  /** DER certificates above a GPU's own: provisioner, identity, root. */
  readonly authorityCertificates: readonly Uint8Array[];
  /**
   * The GPU with this number, from 0: made at the first call, the same one ever after.
   *
   * @throws TeeError
   */
  gpu(number: number): GpuIdentity;
}

const AUTHORITY_FILE = "gpu-authority.json";
const AUTHORITY_FORMAT = "countersign.simulated.gpu-authority.v1";
const GPU_FORMAT = "countersign.simulated.gpu.v1";

/**
 * @param stateDirectory made with mode 0700 if it is not there
 * @throws TeeError
 */
export function openSimulatedGpus(stateDirectory: string): SimulatedGpus {
  const { provisioner, authorities } = openAuthority(stateDirectory);
  const [, , root] = authorities;
  const rootCertificate = new Uint8Array(root.raw);
  return {
    rootCertificate,
    rootFingerprint: hash("sha256", rootCertificate, "hex"),
    authorityCertificates: authorities.map(({ raw }) => new Uint8Array(raw)),
    gpu: (number) => openGpu(stateDirectory, `gpu-${number}.json`, provisioner),
  };
}

interface OpenAuthority {
  readonly provisioner: CertifiedGpuKey;
  readonly authorities: readonly [provisioner: X509Certificate, identity: X509Certificate, root: X509Certificate];
}

function openAuthority(directory: string): OpenAuthority {
  const path = join(directory, AUTHORITY_FILE);
  const state = textFields(keptFile(directory, AUTHORITY_FILE, makeAuthority), path, [
    "format",
    "provisioner_key",
    "provisioner_certificate",
    "identity_certificate",
    "root_certificate",
  ]);
  if (state.format !== AUTHORITY_FORMAT) throw unreadableState(path, `not of the format ${AUTHORITY_FORMAT}`);
  return readable(path, () => {
    const privateKey = createPrivateKey(state.provisioner_key);
    const provisioner = new X509Certificate(state.provisioner_certificate);
    const identity = new X509Certificate(state.identity_certificate);
    const root = new X509Certificate(state.root_certificate);
    requireIssued(root, root);
    requireIssued(identity, root);
    requireIssued(provisioner, identity);
    if (!provisioner.checkPrivateKey(privateKey)) throw new TypeError("another key");
    return {
      provisioner: { privateKey, certificate: new Uint8Array(provisioner.raw) },
      authorities: [provisioner, identity, root],
    };
  });
}

function openGpu(directory: string, file: string, provisioner: CertifiedGpuKey): GpuIdentity {
  const path = join(directory, file);
  const state = textFields(
    keptFile(directory, file, () => makeGpu(provisioner)),
    path,
    ["format", "attestation_key", "leaf_certificate", "boot_rom_certificate"],
  );
  if (state.format !== GPU_FORMAT) throw unreadableState(path, `not of the format ${GPU_FORMAT}`);
  return readable(path, () => {
    const attestationKey = createPrivateKey(state.attestation_key);
    const leaf = new X509Certificate(state.leaf_certificate);
    const bootRom = new X509Certificate(state.boot_rom_certificate);
    requireIssued(leaf, bootRom);
    requireIssued(bootRom, new X509Certificate(provisioner.certificate));
    if (!leaf.checkPrivateKey(attestationKey)) throw new TypeError("another key");
    return { attestationKey, certificates: [new Uint8Array(leaf.raw), new Uint8Array(bootRom.raw)] };
  });
}

/** Keys of root and identity are not kept: nothing more is ever issued with them. */
function makeAuthority(): string {
  const { root, identity, provisioner } = createGpuAuthority();
  return stateText({
    format: AUTHORITY_FORMAT,
    provisioner_key: keyPem(provisioner),
    provisioner_certificate: certificatePem(provisioner.certificate),
    identity_certificate: certificatePem(identity.certificate),
    root_certificate: certificatePem(root.certificate),
  });
}

function makeGpu(provisioner: CertifiedGpuKey): string {
  const { attestationKey, certificates } = createGpuIdentity(provisioner);
  return stateText({
    format: GPU_FORMAT,
    attestation_key: keyPem({ privateKey: attestationKey }),
    leaf_certificate: certificatePem(certificates[0]),
    boot_rom_certificate: certificatePem(certificates[1]),
  });
}

function keyPem({ privateKey }: Pick<CertifiedGpuKey, "privateKey">): string {
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}

function stateText(fields: Readonly<Record<string, string>>): string {
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}

function requireIssued(certificate: X509Certificate, issuer: X509Certificate): void {
  if (!certificate.verify(issuer.publicKey)) throw new TypeError("another issuer");
}

/** OpenSSL's errors stay inside: they may quote what they could not read. */
function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw unreadableState(path, "keys and certificates do not belong together");
  }
}
