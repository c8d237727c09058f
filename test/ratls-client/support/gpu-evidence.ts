import { createHash } from "node:crypto";
import type { TrustedRoot } from "../../../clients/typescript/src/policy/index.ts";
import { encodeGpuEnvelope, type GpuEnvelope, gpuNonceForDay } from "../../../clients/typescript/src/ratls/index.ts";
import { certificatePem } from "../../../clients/typescript/src/x509/index.ts";
import { buildReport, createGpuAuthority, createGpuIdentity } from "../../../src/tee/simulated/gpu/index.ts";

const authority = createGpuAuthority();
const identity = createGpuIdentity(authority.provisioner);
const above = [authority.provisioner, authority.identity, authority.root].map(({ certificate }) => certificate);

/** The root of the simulated GPU, as a policy names it. */
export const GPU_ROOT: TrustedRoot = {
  kind: "gpu",
  fingerprint: createHash("sha256").update(authority.root.certificate).digest("hex"),
  certificate: authority.root.certificate,
  simulated: true,
};

/** An envelope with a genuine report of a simulated GPU for a day. */
export function gpuEvidence(day: number, changes: Partial<GpuEnvelope> = {}): Uint8Array {
  const nonce = gpuNonceForDay(day);
  return encodeGpuEnvelope({
    nonce,
    report: buildReport(identity.attestationKey, nonce),
    certificates: [...identity.certificates, ...above].map(certificatePem).join(""),
    cecReport: undefined,
    uuid: "GPU-0",
    driver: "570.00",
    vbios: "96.00",
    ccEnvironment: 2,
    ccFeature: 1,
    devTools: 0,
    ...changes,
  });
}
