import { createHash } from "node:crypto";

/** Type of events the guest measures at run time (dstack). */
export const RUNTIME_EVENT_TYPE = 0x08000001;

/** How the digest of a runtime event is computed: 1 over a joined string, 2 over canonical JSON (RFC 8785). */
export type EventVersion = 1 | 2;

/** What is measured. */
export interface RuntimeEvent {
  /** Without ":"; digests of version 1 are not injective where a name holds one. */
  readonly name: string;
  readonly payload: Uint8Array;
}

/** An entry of the event log, in the JSON form of the guest agent. */
export interface LogEntry {
  readonly imr: 3;
  readonly event_type: typeof RUNTIME_EVENT_TYPE;
  /** Hex, or empty: then whoever reads the log computes it. */
  readonly digest: string;
  readonly event: string;
  /** Hex. */
  readonly event_payload: string;
  /** Absent for version 1. */
  readonly version?: 2;
  /** Hex of the canonical JSON. Version 2 only. */
  readonly preimage?: string;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sha384 = (...parts: readonly Uint8Array[]): Buffer => {
  const hasher = createHash("sha384");
  for (const part of parts) hasher.update(part);
  return hasher.digest();
};

/** Measures an event: its log entry. */
export function logEntry({ name, payload }: RuntimeEvent, version: EventVersion): LogEntry {
  const fields = {
    imr: 3,
    event_type: RUNTIME_EVENT_TYPE,
    event: name,
    event_payload: hex(payload),
  } as const;
  if (version === 1) {
    const type = Buffer.alloc(4);
    type.writeUInt32LE(RUNTIME_EVENT_TYPE);
    return { ...fields, digest: hex(sha384(type, Buffer.from(`:${name}:`), payload)) };
  }
  // RFC 8785 sorts members by name, and JSON.stringify writes strings and safe integers as it demands.
  const canonical = JSON.stringify({ name, payload: fields.event_payload, type: RUNTIME_EVENT_TYPE });
  const preimage = Buffer.from(canonical, "utf8");
  return { ...fields, digest: hex(sha384(preimage)), version: 2, preimage: hex(preimage) };
}

/** The register after these entries, which have their digests. 48 bytes. */
export function replay(entries: readonly LogEntry[]): Uint8Array {
  let register: Uint8Array = new Uint8Array(48);
  for (const { digest } of entries) register = sha384(register, Buffer.from(digest, "hex"));
  return new Uint8Array(register);
}
