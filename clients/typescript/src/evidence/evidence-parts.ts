import { fromBinary } from "@bufbuild/protobuf";
import {
  DeviceEvidenceSchema,
  type Evidence,
  type ServingManifest,
  ServingManifestSchema,
} from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { type DeviceEvidence, MAX_DEVICES } from "../gpu/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import { NONCE_BYTES } from "./report-data.ts";

/** Evidence whose parts could be read. Reading proves nothing. */
export interface EvidenceParts {
  readonly devices: readonly DeviceEvidence[];
  readonly manifest: ServingManifest;
  /** Exact texts; undefined where the platform gives none. */
  readonly eventLog: string | undefined;
  readonly collateral: string | undefined;
  readonly appCompose: string | undefined;
}

const KiB = 1024;

/** Largest parts that are read. Bytes; those of a gateway with eight devices stay below a tenth. */
const LIMITS = {
  keyset: 256 * KiB,
  devices: 4096 * KiB,
  manifest: 1024 * KiB,
  eventLog: 4096 * KiB,
  vmConfig: 1024 * KiB,
  collateral: 1024 * KiB,
  appCompose: 1024 * KiB,
} as const satisfies { readonly [part in keyof Evidence]?: number };

/**
 * Reads the parts of evidence.
 *
 * @param evidence attacker-controlled; every part is bounded before it is read
 * @throws CheckFailure malformed
 */
export function readEvidenceParts(evidence: Evidence): EvidenceParts {
  for (const [part, limit] of Object.entries(LIMITS) as [keyof typeof LIMITS, number][]) {
    if (evidence[part].length > limit) throw CheckFailure.malformed(`${part} is larger than ${limit} bytes`);
  }
  if (evidence.nonce.length !== NONCE_BYTES) throw CheckFailure.malformed(`the nonce is not ${NONCE_BYTES} bytes`);
  const { gpus } = decoded("devices", () => fromBinary(DeviceEvidenceSchema, evidence.devices));
  if (gpus.length > MAX_DEVICES) throw CheckFailure.malformed(`devices: more than ${MAX_DEVICES}`);
  return {
    devices: gpus.map(({ architecture, report, certificates }) => ({ architecture, report, certificates })),
    manifest: decoded("manifest", () => fromBinary(ServingManifestSchema, evidence.manifest)),
    eventLog: text("eventLog", evidence.eventLog),
    collateral: text("collateral", evidence.collateral),
    appCompose: text("appCompose", evidence.appCompose),
  };
}

function decoded<T>(part: string, decode: () => T): T {
  try {
    return decode();
  } catch {
    // The library's words quote what they could not read.
    throw CheckFailure.malformed(`${part} is not a serialised message`);
  }
}

function text(part: string, bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  try {
    // A mark at the beginning is a byte like any other here: what is hashed is what is read.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw CheckFailure.malformed(`${part} is not text in UTF-8`);
  }
}
