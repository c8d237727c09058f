import { randomBytes } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { connectionReportData, evidenceReportData, gpuNonce } from "@countersign/client/evidence";
import {
  DeviceEvidenceSchema,
  type Evidence,
  EvidenceSchema,
  type ServingManifest,
  ServingManifestSchema,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import type { Platform } from "../platform/index.ts";
import { attestationError } from "./attestation-error.ts";

/** Length of a caller's nonce. Bytes. */
export const NONCE_BYTES = 32;

/** What a connection adds to report data. */
export interface ConnectionBinding {
  /** DER SubjectPublicKeyInfo of the leaf that was presented. */
  readonly leafSpki: Uint8Array;
  /** TLS exporter value under the native label with the nonce as context, 32 bytes. */
  readonly exporter: Uint8Array;
}

export interface NativeEvidenceOptions {
  readonly platform: Platform;
  /** Serialised Keyset. */
  readonly keyset: () => Uint8Array;
  /** What is served now. */
  readonly manifest: () => ServingManifest;
  readonly now?: () => number;
}

/** Makes evidence over keyset, devices and manifest. */
export interface NativeEvidenceMaker {
  /**
   * Evidence for a nonce, and for a connection where there is one. Costs a quote.
   *
   * @param nonce 32 bytes
   * @param fresh whether the nonce is the caller's own
   * @throws GatewayError `attestation_unavailable`, `attestation_timeout`
   */
  make(nonce: Uint8Array, fresh: boolean, connection?: ConnectionBinding): Promise<Evidence>;
  /** Evidence for a nonce of the gateway's own, marked not fresh. */
  makeUnasked(): Promise<Evidence>;
}

export function nativeEvidence(options: NativeEvidenceOptions): NativeEvidenceMaker {
  const { platform, now = Date.now } = options;

  async function make(nonce: Uint8Array, fresh: boolean, connection?: ConnectionBinding): Promise<Evidence> {
    // One reading of each: what is hashed is what ships, whatever changes meanwhile.
    const keyset = options.keyset();
    const manifest = toBinary(ServingManifestSchema, options.manifest());
    const reports = await platform.devices.collect(gpuNonce(nonce, keyset));
    const devices = toBinary(
      DeviceEvidenceSchema,
      create(DeviceEvidenceSchema, {
        gpus: reports.map(({ architecture, report, certificates }) => ({
          architecture,
          report,
          certificates: [...certificates],
        })),
      }),
    );
    const committed = { nonce, keyset, devices, manifest };
    const reportData =
      connection === undefined ? evidenceReportData(committed) : connectionReportData({ ...committed, ...connection });
    const { quote, eventLog, vmConfig } = await platform.quotes.quote(reportData);
    const collateral = await platform.collateral?.collateral(quote);
    const text = (value: string | undefined): Uint8Array => new TextEncoder().encode(value ?? "");
    return create(EvidenceSchema, {
      keyset,
      devices,
      manifest,
      nonce,
      quote,
      eventLog: text(eventLog),
      vmConfig: text(vmConfig),
      collateral: text(collateral),
      appCompose: text(platform.appCompose),
      fresh,
      created: timestampFromMs(now()),
      simulated: platform.simulated,
    });
  }

  const guarded: NativeEvidenceMaker["make"] = (nonce, fresh, connection) =>
    make(nonce, fresh, connection).catch((thrown: unknown) => {
      throw attestationError(thrown);
    });
  return { make: guarded, makeUnasked: () => guarded(randomBytes(NONCE_BYTES), false) };
}
