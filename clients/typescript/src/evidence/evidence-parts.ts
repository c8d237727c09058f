import {
  DeviceEvidenceSchema,
  type Evidence,
  type ServingManifest,
} from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { type DeviceEvidence, MAX_DEVICES } from "../gpu/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import { decodeBounded, requireFewFields } from "./bounded-message.ts";
import { NONCE_BYTES } from "./report-data.ts";
import { readManifest } from "./serving-manifest.ts";

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
  manifest: 256 * KiB,
  eventLog: 1024 * KiB,
  vmConfig: 256 * KiB,
  collateral: 1024 * KiB,
  appCompose: 1024 * KiB,
} as const satisfies { readonly [part in keyof Evidence]?: number };

/** Of keys and digests of leaves together; the keyset's own rules are stricter. */
const KEYSET_BOUNDS = { fields: 1024 };
/** A device has an architecture, a report, and the certificates of its chain. */
const DEVICE_BOUNDS = { fields: MAX_DEVICES, fieldsInside: 16 };

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
  requireFewFields("keyset", evidence.keyset, KEYSET_BOUNDS);
  const { gpus } = decodeBounded("devices", DeviceEvidenceSchema, evidence.devices, DEVICE_BOUNDS);
  return {
    devices: gpus.map(({ architecture, report, certificates }) => ({ architecture, report, certificates })),
    manifest: readManifest(evidence.manifest),
    eventLog: text("eventLog", evidence.eventLog),
    collateral: text("collateral", evidence.collateral),
    appCompose: text("appCompose", evidence.appCompose),
  };
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
