import { type KeyObject, randomBytes } from "node:crypto";
import { type CertificateProfile, type CertifiedKey, certifiedKey, newKey } from "./certified-key.ts";
import { platformIdentity } from "./platform-identity.ts";
import { type PlatformIdentity, sgxExtension } from "./sgx-extension.ts";

/** Everything secret or lasting about one simulated platform. */
export interface PlatformMaterial {
  /** Stands for Intel's SGX root CA. */
  readonly root: CertifiedKey;
  /** Issued by the root. */
  readonly pckCa: CertifiedKey;
  /** The platform's certificate, issued by `pckCa`; its key signs the quoting enclave's report. */
  readonly pck: CertifiedKey;
  /** Signs collateral; issued by the root. */
  readonly tcbSigning: CertifiedKey;
  /** The quoting enclave's key, which signs quotes. Private, P-256. */
  readonly attestationKey: KeyObject;
  /** In the header of every quote. 16 bytes. */
  readonly qeId: Uint8Array;
  /** As in the PCK certificate. 16 bytes. */
  readonly ppid: Uint8Array;
  /** As in the PCK certificate. 16 bytes. */
  readonly platformInstanceId: Uint8Array;
}

/** Deviations from the platform's own certificates and identity. */
export interface MaterialChanges {
  readonly root?: Partial<CertificateProfile>;
  readonly pckCa?: Partial<CertificateProfile>;
  readonly pck?: Partial<CertificateProfile>;
  readonly tcbSigning?: Partial<CertificateProfile>;
  readonly identity?: Partial<PlatformIdentity>;
}

/** `.invalid` never resolves (RFC 6761, 6.4): nobody is asked for a revocation list by mistake. */
const ROOT_CRL_URL = "https://sim.invalid/rootcacrl.der";
const PCK_CRL_URL = "https://sim.invalid/pckcrl?ca=platform&encoding=der";

const VALIDITY = {
  notBefore: Date.UTC(2020, 0, 1) / 1000,
  notAfter: Date.UTC(2049, 11, 31, 23, 59, 59) / 1000,
} as const;

/**
 * The certificates' profiles. The common names are Intel's, because verifiers tell the roles apart by them; the
 * organisation says what they are.
 */
const AUTHORITY = { ...VALIDITY, keyUsage: ["keyCertSign", "cRLSign"], furtherExtensions: [] } as const;
const LEAF = {
  ...VALIDITY,
  keyUsage: ["digitalSignature", "nonRepudiation"],
  basicConstraints: { ca: false },
} as const;
const ROOT: CertificateProfile = {
  ...AUTHORITY,
  commonName: "Intel SGX Root CA",
  basicConstraints: { ca: true, pathLength: 1 },
  crlUrl: ROOT_CRL_URL,
};
const PCK_CA: CertificateProfile = {
  ...AUTHORITY,
  commonName: "Intel SGX PCK Platform CA",
  basicConstraints: { ca: true, pathLength: 0 },
  crlUrl: ROOT_CRL_URL,
};
const PCK: CertificateProfile = {
  ...LEAF,
  commonName: "Intel SGX PCK Certificate",
  crlUrl: PCK_CRL_URL,
  furtherExtensions: [],
};
const TCB_SIGNING: CertificateProfile = {
  ...LEAF,
  commonName: "Intel SGX TCB Signing",
  crlUrl: ROOT_CRL_URL,
  furtherExtensions: [],
};

/** Makes a new platform: every key new, every certificate under a root of its own. */
export function createPlatformMaterial(changes: MaterialChanges = {}): PlatformMaterial {
  const identity = { ...platformIdentity(), ...changes.identity };
  const root = certifiedKey({ ...ROOT, ...changes.root });
  const pckCa = certifiedKey({ ...PCK_CA, ...changes.pckCa }, root);
  const pckProfile: CertificateProfile = { ...PCK, furtherExtensions: [sgxExtension(identity)], ...changes.pck };
  return {
    root,
    pckCa,
    pck: certifiedKey(pckProfile, pckCa),
    tcbSigning: certifiedKey({ ...TCB_SIGNING, ...changes.tcbSigning }, root),
    attestationKey: newKey().privateKey,
    qeId: new Uint8Array(randomBytes(16)),
    ppid: identity.ppid,
    platformInstanceId: identity.platformInstanceId,
  };
}
