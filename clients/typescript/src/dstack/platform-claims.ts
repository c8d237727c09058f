import { CheckFailure } from "../verdict/index.ts";
import type { EventLogEntry } from "./event-log-entry.ts";
import { type KeyProvider, parseKeyProvider } from "./key-provider.ts";

/** What the platform measured about the application before it handed over control. */
export interface PlatformClaims {
  /** Identity of the deployment, 20 bytes. */
  readonly appId: Uint8Array;
  /** SHA-256 of the application's compose document, 32 bytes. */
  readonly composeHash: Uint8Array;
  /** Identity of this instance, 20 bytes. Undefined for applications that do without one. */
  readonly instanceId: Uint8Array | undefined;
  /** Digest of the operating system image the key management service authorised, 32 bytes. Older images state none. */
  readonly osImageHash: Uint8Array | undefined;
  readonly keyProvider: KeyProvider | undefined;
  /** SHA-256 of the application's GPU policy, 32 bytes. */
  readonly gpuPolicyHash: Uint8Array | undefined;
  /** SHA-256 of each initialisation script, 32 bytes each, in the order they ran. */
  readonly initScriptHashes: readonly Uint8Array[];
  /** Names of the events after the boundary, as they stand: the application's own statements, never the platform's. */
  readonly lateEvents: readonly string[];
}

/** Ends the platform's part of the log: whatever runs afterwards can extend RTMR3, too. */
const BOUNDARY = "system-ready";
/** Ends the part that names the application. */
const IDENTITY_END = "boot-mr-done";

/** Events that say one thing once. A second one, even behind the boundary, tries to say something else. */
const UNIQUE = [
  "app-id",
  "compose-hash",
  "instance-id",
  "os-image-hash",
  "key-provider",
  "gpu-policy-hash",
  "gpu-attestation",
  IDENTITY_END,
  BOUNDARY,
] as const;
type UniqueEvent = (typeof UNIQUE)[number];

/**
 * Reads the platform's claims from a log. They hold only if the log has been replayed to RTMR3 of a verified quote.
 *
 * Only events before `system-ready` count, which must be there exactly once; those that name the application must stand
 * before `boot-mr-done`. No event that makes a claim may be there twice or behind the boundary.
 *
 * @throws CheckFailure
 */
export function readPlatformClaims(entries: readonly EventLogEntry[]): PlatformClaims {
  const events = entries.filter(({ imr }) => imr === 3);
  const names = events.map(({ event }) => event);
  for (const name of UNIQUE) {
    if (names.indexOf(name) !== names.lastIndexOf(name)) throw new CheckFailure(`the event ${name} is there twice`);
  }
  const boundary = names.indexOf(BOUNDARY);
  if (boundary === -1) throw new CheckFailure(`the event ${BOUNDARY} is missing, so the boot has not ended`);
  const identityEnd = names.indexOf(IDENTITY_END);
  for (const name of UNIQUE) {
    if (names.indexOf(name) > boundary) throw new CheckFailure(`the event ${name} stands behind ${BOUNDARY}`);
  }

  const payloadOf = (name: UniqueEvent): Uint8Array | undefined => events[names.indexOf(name)]?.payload;
  const identity = (name: UniqueEvent): Uint8Array => {
    const payload = payloadOf(name);
    if (payload === undefined || names.indexOf(name) > identityEnd) {
      throw new CheckFailure(`the event ${name} does not stand before ${IDENTITY_END}`);
    }
    return payload;
  };
  const instanceId = identity("instance-id");
  const osImageHash = payloadOf("os-image-hash");
  const keyProvider = payloadOf("key-provider");
  const gpuPolicyHash = payloadOf("gpu-policy-hash");
  return {
    appId: sized(identity("app-id"), 20, "app-id"),
    composeHash: sized(identity("compose-hash"), 32, "compose-hash"),
    instanceId: instanceId.length === 0 ? undefined : sized(instanceId, 20, "instance-id"),
    osImageHash: osImageHash && sized(osImageHash, 32, "os-image-hash"),
    keyProvider: keyProvider && parseKeyProvider(keyProvider),
    gpuPolicyHash: gpuPolicyHash && sized(gpuPolicyHash, 32, "gpu-policy-hash"),
    initScriptHashes: events
      .slice(0, boundary)
      .filter(({ event }) => event === "init-script-hash")
      .map(({ payload }) => sized(payload, 32, "init-script-hash")),
    lateEvents: names.slice(boundary + 1),
  };
}

function sized(payload: Uint8Array, length: number, name: string): Uint8Array {
  if (payload.length === length) return payload;
  throw new CheckFailure(`the payload of the event ${name} has ${payload.length} bytes, not ${length}`);
}
