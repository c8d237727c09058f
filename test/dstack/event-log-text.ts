import type { VectorEvent } from "./dstack-vectors.ts";

export const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
export const hex = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString("hex");

/** One event of a log in the agent's JSON. */
export const runtimeEvent = ({ event, payload, digest, version, preimage }: VectorEvent) => ({
  imr: 3,
  event_type: 0x08000001,
  digest,
  event,
  event_payload: payload,
  ...(version === undefined ? {} : { version }),
  ...(preimage === undefined ? {} : { preimage }),
});

/** A log of runtime events in the agent's JSON. */
export const eventLogText = (events: readonly VectorEvent[]): string => JSON.stringify(events.map(runtimeEvent));

/** An event whose digest is left to be computed. */
export const plainEvent = (event: string, payload = ""): VectorEvent => ({ event, payload, digest: "" });

/** What a platform measures at least, made up. */
export const BOOT: readonly VectorEvent[] = [
  plainEvent("system-preparing"),
  plainEvent("app-id", "a1".repeat(20)),
  plainEvent("compose-hash", "c0".repeat(32)),
  plainEvent("instance-id", "1d".repeat(20)),
  plainEvent("boot-mr-done"),
  plainEvent("os-image-hash", "05".repeat(32)),
  plainEvent("key-provider", Buffer.from('{"name":"kms","id":"AB01"}').toString("hex")),
  plainEvent("system-ready"),
];
