import { hash } from "node:crypto";
import type { AppCompose } from "./app-compose.ts";
import { type EventVersion, type LogEntry, logEntry, type RuntimeEvent, replay } from "./runtime-event.ts";

/**
 * What may be wrong with a log, for tests; the register always is the replay of what was measured.
 * - `empty-digests`: entries without digests, as some agents send them. Not a fault to a reader that computes them.
 * - `extra-event`: one more event after `system-ready`, as any privileged process may measure.
 * - `duplicate-event`: a second `compose-hash`, for another document, before `system-ready`.
 */
export type LogAnomaly = "empty-digests" | "extra-event" | "duplicate-event";

/** The boot of the simulated machine. */
export interface BootOptions {
  readonly compose: AppCompose;
  /** DER SubjectPublicKeyInfo of the KMS CA: what the `key-provider` event names. */
  readonly keyProviderId: Uint8Array;
  /** Default 1. */
  readonly version?: EventVersion;
  readonly anomaly?: LogAnomaly;
}

/** What the boot measured into RTMR3, and what it says about the machine. */
export interface BootRecord {
  readonly compose: AppCompose;
  /** 20 bytes; the same for one compose document on one installation. */
  readonly instanceId: Uint8Array;
  /** 32 bytes. */
  readonly osImageHash: Uint8Array;
  /** JSON text `{"name":"kms","id":"<hex>"}`. */
  readonly keyProvider: string;
  readonly entries: readonly LogEntry[];
  /** The entries as the agent sends them: JSON text. */
  readonly eventLog: string;
  /** 48 bytes. */
  readonly rtmr3: Uint8Array;
  /** MRCONFIGID, version 1: binds the compose hash a second time. 48 bytes. */
  readonly mrConfigId: Uint8Array;
}

const digest = (text: string | Uint8Array): Uint8Array => new Uint8Array(hash("sha256", text, "buffer"));
const NOTHING = new Uint8Array(0);

/** Not the hash of any image; the simulated machine's registers are constants, see the platform. */
const OS_IMAGE_HASH = digest("countersign.simulated.os-image.v1");
/** Hash of the canonical form of a GPU policy that is left out. */
const NO_GPU_POLICY = digest("{}");

/**
 * Measures the events of a dstack boot in their order. Events of the other registers are left out: those registers are
 * constants, which a verifier pins and does not replay.
 */
export function bootRecord({ compose, keyProviderId, version = 1, anomaly }: BootOptions): BootRecord {
  // Of the installation, through its KMS: no further secret to keep for something that is no secret.
  const instanceId = digest(
    Buffer.concat([Buffer.from("countersign.simulated.instance.v1:"), keyProviderId, compose.appId]),
  ).subarray(0, 20);
  const keyProvider = JSON.stringify({ name: "kms", id: Buffer.from(keyProviderId).toString("hex") });
  const event = (name: string, payload: Uint8Array = NOTHING): RuntimeEvent => ({ name, payload });
  const measured = [
    event("system-preparing"),
    event("app-id", compose.appId),
    event("compose-hash", compose.hash),
    event("gpu-policy-hash", NO_GPU_POLICY),
    event("instance-id", instanceId),
    event("boot-mr-done"),
    event("os-image-hash", OS_IMAGE_HASH),
    event("key-provider", Buffer.from(keyProvider, "utf8")),
    event("storage-fs", Buffer.from("ext4")),
    ...(anomaly === "duplicate-event" ? [event("compose-hash", digest("another document"))] : []),
    event("system-ready"),
    ...(anomaly === "extra-event" ? [event("application-event", Buffer.from("after the boundary"))] : []),
  ].map((each) => logEntry(each, version));
  const entries = anomaly === "empty-digests" ? measured.map((entry) => ({ ...entry, digest: "" })) : measured;
  const mrConfigId = new Uint8Array(48);
  mrConfigId[0] = 1;
  mrConfigId.set(compose.hash, 1);
  return {
    compose,
    instanceId,
    osImageHash: OS_IMAGE_HASH,
    keyProvider,
    entries,
    eventLog: JSON.stringify(entries),
    rtmr3: replay(measured),
    mrConfigId,
  };
}
