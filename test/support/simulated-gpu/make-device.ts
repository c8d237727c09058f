import { hash } from "node:crypto";
import type { DeviceReport } from "../../../src/tee/quote-source.ts";
import {
  buildReport,
  createGpuAuthority,
  createGpuIdentity,
  type GpuAuthority,
  type GpuAuthorityChanges,
  type GpuIdentityChanges,
  type ReportParts,
} from "../../../src/tee/simulated/gpu/index.ts";

/** What deviates from a correct device. Options compose; signatures are made over what they say. */
export interface DeviceOptions {
  /** Parts of the report, which is signed as it comes out. */
  readonly report?: ReportParts;
  /** Changes the report after it was signed. */
  readonly edit?: (report: Uint8Array) => Uint8Array;
  /** The GPU's own certificates. */
  readonly identity?: GpuIdentityChanges;
  /** The certificates above them. Default: one authority for all devices of the process. */
  readonly authority?: GpuAuthorityChanges;
  /** Changes the chain: leaf, boot ROM, provisioner, identity, root; and another device's of the same authority. */
  readonly chain?: (own: readonly Uint8Array[], other: readonly Uint8Array[]) => readonly Uint8Array[];
  /** As stated beside the evidence. Default `HOPPER`. */
  readonly architecture?: string;
}

/** A device with what its verification needs. */
export interface MadeDevice {
  readonly device: DeviceReport;
  /** DER of the root to trust: that of the authority, whatever the chain holds. */
  readonly rootCertificate: Uint8Array;
  /** SHA-256 of it, lower-case hex. */
  readonly rootFingerprint: string;
  /** The nonce that was asked for. 32 bytes. */
  readonly nonce: Uint8Array;
}

let shared: GpuAuthority | undefined;

function sharedAuthority(): GpuAuthority {
  shared ??= createGpuAuthority();
  return shared;
}

/** Keys and signatures are random; everything else is the same at every call. */
export function makeDevice(options: DeviceOptions = {}): MadeDevice {
  const nonce = new Uint8Array(32).fill(0x6e);
  const authority = options.authority === undefined ? sharedAuthority() : createGpuAuthority(options.authority);
  const above = [authority.provisioner, authority.identity, authority.root].map(({ certificate }) => certificate);
  const { attestationKey, certificates } = createGpuIdentity(authority.provisioner, options.identity);
  const own = [...certificates, ...above];
  const signed = buildReport(attestationKey, nonce, options.report);
  const chain =
    options.chain === undefined
      ? own
      : options.chain(own, [...createGpuIdentity(authority.provisioner).certificates, ...above]);
  return {
    device: {
      architecture: options.architecture ?? "HOPPER",
      report: options.edit?.(signed) ?? signed,
      certificates: chain,
    },
    rootCertificate: authority.root.certificate,
    rootFingerprint: hash("sha256", authority.root.certificate, "hex"),
    nonce,
  };
}
