import { type CertifiedGpuKey, certifiedGpuKey, type GpuCertificateProfile } from "./gpu-certificate.ts";

/** Stands for the device makers' CAs. Common names are NVIDIA's, because verifiers read the architecture from them. */
export interface GpuAuthority {
  readonly root: CertifiedGpuKey;
  /** Issued by the root. */
  readonly identity: CertifiedGpuKey;
  /** Issued by `identity`; certifies devices. */
  readonly provisioner: CertifiedGpuKey;
}

/** Deviations from the authority's own certificates. */
export interface GpuAuthorityChanges {
  readonly root?: Partial<GpuCertificateProfile>;
  readonly identity?: Partial<GpuCertificateProfile>;
  readonly provisioner?: Partial<GpuCertificateProfile>;
}

/** A new authority, with a root of its own. */
export function createGpuAuthority(changes: GpuAuthorityChanges = {}): GpuAuthority {
  const root = certifiedGpuKey({ commonName: "NVIDIA Device Identity CA", authority: {}, ...changes.root });
  const identity = certifiedGpuKey(
    { commonName: "NVIDIA GH100 Identity", authority: { pathLength: 2 }, ...changes.identity },
    root,
  );
  const provisioner = certifiedGpuKey(
    { commonName: "NVIDIA GH100 Provisioner ICA 1", authority: { pathLength: 1 }, ...changes.provisioner },
    identity,
  );
  return { root, identity, provisioner };
}
