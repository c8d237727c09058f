import { hash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { KMS_PURPOSE } from "@countersign/client/dstack";
import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import {
  type Evidence,
  type ServingManifest,
  ServingManifestSchema,
} from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { KeySourceKind } from "../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { ModelDigestKind } from "../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { nativeEvidence } from "../../../src/attestation/index.ts";
import type { Platform } from "../../../src/platform/index.ts";
import { generateLeafKey } from "../../../src/ratls/index.ts";
import { type KeySource, loadSigningKeys } from "../../../src/signing/index.ts";
import type { DeviceReport } from "../../../src/tee/quote-source.ts";
import { type BootOptions, bootRecord, DEFAULT_APP_COMPOSE } from "../../../src/tee/simulated/event-log/index.ts";
import { buildReport, createGpuAuthority, createGpuIdentity } from "../../../src/tee/simulated/gpu/index.ts";
import { issueAppKeys } from "../../../src/tee/simulated/kms/index.ts";
import { SIMULATED_IMAGE } from "../../../src/tee/simulated/platform/index.ts";
import { makePlatform, NOW, type PlatformOptions } from "../../support/simulated-platform/index.ts";

export { NOW };

/** What deviates from a gateway whose evidence is accepted. Whatever it is, the quote is made over it. */
export interface GatewayOptions {
  /** Machine, quote and collateral. */
  readonly machine?: PlatformOptions;
  /** Number of GPUs. Default 1. */
  readonly gpus?: number;
  readonly compose?: BootOptions["compose"];
  readonly eventVersion?: NonNullable<BootOptions["version"]>;
  readonly anomaly?: NonNullable<BootOptions["anomaly"]>;
  /** The event log that is served, made of the machine's own; undefined: none. */
  readonly eventLog?: (own: string) => string | undefined;
  /** The compose document that is served. */
  readonly appCompose?: (own: string) => string | undefined;
  /** The devices that are served, made of its own; `nonce` is what they were asked with. */
  readonly devices?: (own: readonly DeviceReport[], nonce: Uint8Array) => readonly DeviceReport[];
  /** Serialised Keyset. */
  readonly keyset?: (own: Uint8Array) => Uint8Array;
  readonly manifest?: ServingManifest;
  /** Application the keys are issued to. Default: the one that was booted. */
  readonly keysFor?: Uint8Array;
  /** Default true. */
  readonly simulated?: boolean;
}

/** The simulated key service's root and CA; the same for all gateways of a test file. */
const KMS_ROOT = new Uint8Array(32).fill(0x4b);
const KMS_AUTHORITY = generateLeafKey().spki;
const GPU_AUTHORITY = createGpuAuthority();
const GPU_CHAIN = [GPU_AUTHORITY.provisioner, GPU_AUTHORITY.identity, GPU_AUTHORITY.root];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const fingerprint = (certificate: Uint8Array): string => hash("sha256", certificate, "hex");

/** 32 bytes: what callers of these tests ask with. */
export const NONCE = new Uint8Array(32).fill(0xc5);

export const MANIFEST = create(ServingManifestSchema, {
  models: [
    { name: "m", digest: { kind: ModelDigestKind.VERITY, value: new Uint8Array(32).fill(0xd1) }, generation: 3n },
    {
      name: "n",
      digest: { kind: ModelDigestKind.FILE_MANIFEST, value: new Uint8Array(32).fill(0xd2) },
      generation: 1n,
    },
  ],
  routes: [{ model: "m", upstreamKind: "openai", verified: true }],
});

const identities: ReturnType<typeof createGpuIdentity>[] = [];

function gpuReports(count: number, nonce: Uint8Array): DeviceReport[] {
  return Array.from({ length: count }, (_, index) => {
    identities[index] ??= createGpuIdentity(GPU_AUTHORITY.provisioner);
    const { attestationKey, certificates } = identities[index];
    return {
      architecture: "HOPPER",
      report: buildReport(attestationKey, nonce),
      certificates: [...certificates, ...GPU_CHAIN.map(({ certificate }) => certificate)],
    };
  });
}

/** A connection as both sides of it see it. */
export interface MadeConnection {
  readonly leafSpki: Uint8Array;
  readonly exporter: Uint8Array;
}

/** A gateway that gives genuine evidence of a simulated TEE, in memory and at one moment. */
export interface MadeGateway {
  readonly keyset: Uint8Array;
  readonly connection: MadeConnection;
  /** Trusts exactly this gateway's TEE, and judges everything it can. */
  readonly policy: Policy;
  readonly platform: Platform;
  /** PPID and platform instance id, hex: what names the machine for good. */
  readonly machineIds: readonly string[];
  /** Evidence as `GetEvidence` gives it, or `AttestConnection`. */
  evidence(nonce?: Uint8Array, connection?: MadeConnection): Promise<Evidence>;
}

export async function makeGateway(options: GatewayOptions = {}): Promise<MadeGateway> {
  const { machine = {}, gpus = 1, devices = (own) => own, manifest = MANIFEST, simulated = true } = options;
  const same = (own: string): string => own;
  const { eventLog = same, appCompose = same, keyset = (own: Uint8Array) => own } = options;
  const boot = bootRecord({
    compose: options.compose ?? DEFAULT_APP_COMPOSE,
    keyProviderId: KMS_AUTHORITY,
    version: options.eventVersion ?? 1,
    ...(options.anomaly === undefined ? {} : { anomaly: options.anomaly }),
  });
  const appKeys = issueAppKeys(KMS_ROOT, options.keysFor ?? boot.compose.appId);
  const keySource: KeySource = {
    kind: KeySourceKind.DSTACK,
    async key(role, algorithm) {
      const { secret, signatureChain } = appKeys.key(`${role}/${algorithm}`, KMS_PURPOSE[role], algorithm);
      return { secret, custodyChain: signatureChain };
    },
  };
  const made = (reportData: Uint8Array) => {
    const { rtmr3, mrConfigId } = boot;
    return makePlatform({
      ...machine,
      quote: { ...machine.quote, body: { rtmr3, mrConfigId, ...machine.quote?.body, reportData } },
    });
  };
  const leaf = generateLeafKey();
  const keys = await loadSigningKeys(keySource, [leaf.spki], NOW * 1000);
  const { rootCertificate, collateral, material } = made(new Uint8Array(64));
  const platform: Platform = {
    quotes: {
      kind: "dstack",
      simulated,
      endpoint: "in memory",
      quote: async (reportData) => ({
        quote: made(reportData).quote,
        eventLog: eventLog(boot.eventLog),
        vmConfig: "{}",
      }),
    },
    collateral: { collateral: async () => collateral },
    devices: {
      kind: "simulated",
      simulated,
      collect: async (nonce) => devices(gpuReports(gpus, nonce), nonce),
    },
    appCompose: appCompose(boot.compose.text),
    info: undefined,
    simulated,
  };
  const served = keyset(keys.keyset);
  const native = nativeEvidence({ platform, keyset: () => served, manifest: () => manifest, now: () => NOW * 1000 });
  const { mrtd, rtmr0, rtmr1, rtmr2 } = SIMULATED_IMAGE;
  const gpuRoot = GPU_AUTHORITY.root.certificate;
  return {
    keyset: served,
    connection: { leafSpki: leaf.spki, exporter: new Uint8Array(32).fill(0xe7) },
    platform,
    machineIds: [hex(material.ppid), hex(material.platformInstanceId)],
    policy: {
      ...DEFAULT_POLICY,
      name: "made gateway",
      measurements: { values: {}, images: [{ name: "simulated image", mrtd, rtmr0, rtmr1, rtmr2 }] },
      app: {
        ...DEFAULT_POLICY.app,
        ids: [hex(DEFAULT_APP_COMPOSE.appId)],
        composeHashes: [hex(DEFAULT_APP_COMPOSE.hash)],
        osImageHashes: [hex(boot.osImageHash)],
        keyProviders: [{ name: "kms", id: hex(KMS_AUTHORITY) }],
      },
      kms: { roots: [hex(secp256k1.getPublicKey(KMS_ROOT, true))] },
      gpu: { ...DEFAULT_POLICY.gpu, count: gpus },
      models: [
        { name: "m", kind: "verity", digest: "d1".repeat(32) },
        { name: "n", kind: "file_manifest", digest: "d2".repeat(32) },
      ],
      roots: [
        { kind: "tdx", fingerprint: fingerprint(rootCertificate), certificate: rootCertificate, simulated: true },
        { kind: "gpu", fingerprint: fingerprint(gpuRoot), certificate: gpuRoot, simulated: true },
      ],
      allowSimulated: true,
    },
    evidence: (nonce = NONCE, connection) => native.make(nonce, true, connection),
  };
}
