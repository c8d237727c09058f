import { crypto } from "../crypto/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure } from "../verdict/index.ts";
import { eventPreimageV1, eventPreimageV2 } from "./event-digest.ts";
import { type EventLogEntry, RUNTIME_EVENT_TYPE } from "./event-log-entry.ts";

/** Length of a register. Bytes. */
const REGISTER_BYTES = 48;

/** What an event log leads to. */
export interface EventLogReplay {
  /** RTMR0 to RTMR3, 48 bytes each; 48 zeros where the log holds no event. */
  readonly rtmr: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  /** How many events went into each register. */
  readonly counts: readonly [number, number, number, number];
}

/**
 * Extends four registers with the events of a log, in order: register = SHA-384(register ‖ digest). Digests of runtime
 * events are computed from name and payload, so that what is read later is what was measured; a digest that is stated
 * must be the same.
 *
 * @throws CheckFailure if an event is in a register where its type does not belong, its name is ambiguous, or its
 *   digest or pre-image is not that of its name and payload
 */
export function replayEventLog(entries: readonly EventLogEntry[]): EventLogReplay {
  const zero = new Uint8Array(REGISTER_BYTES);
  const rtmr: [Uint8Array, Uint8Array, Uint8Array, Uint8Array] = [zero, zero, zero, zero];
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  for (const [index, entry] of entries.entries()) {
    const digest = entry.imr === 3 ? runtimeDigest(entry, index) : bootDigest(entry, index);
    rtmr[entry.imr] = crypto.digest("sha384", rtmr[entry.imr], digest);
    counts[entry.imr] += 1;
  }
  return { rtmr, counts };
}

function runtimeDigest({ eventType, digest, event, payload, version, preimage }: EventLogEntry, index: number) {
  if (eventType !== RUNTIME_EVENT_TYPE) throw refused(index, "is in RTMR3, and is no runtime event");
  // In the first form, name "a:b" with payload "c" and name "a" with payload "b:c" have one digest.
  if (event.includes(":")) throw refused(index, "has a colon in its name, which makes its digest ambiguous");
  const hashed = version === 2 ? eventPreimageV2(event, payload) : eventPreimageV1(event, payload);
  if (version === 2 && preimage === undefined) throw refused(index, "has no pre-image, which its version asks for");
  if (preimage !== undefined && !equalBytes(preimage, hashed)) {
    throw refused(index, "states another pre-image than that of its name and payload");
  }
  const computed = crypto.digest("sha384", hashed);
  if (digest.length > 0 && !equalBytes(digest, computed)) {
    throw refused(index, "states another digest than that of its name and payload");
  }
  return computed;
}

/** A boot event's payload is often left out and never used, so its digest stands for itself. */
function bootDigest({ eventType, digest, version, preimage }: EventLogEntry, index: number): Uint8Array {
  if (eventType === RUNTIME_EVENT_TYPE) throw refused(index, "is a runtime event outside RTMR3");
  if (version !== 1 || preimage !== undefined) throw refused(index, "has a version or pre-image, and is a boot event");
  if (digest.length === 0 || digest.length > REGISTER_BYTES) throw refused(index, "has no digest that fits a register");
  const padded = new Uint8Array(REGISTER_BYTES);
  padded.set(digest);
  return padded;
}

function refused(index: number, what: string): CheckFailure {
  return new CheckFailure(`event ${index} of the event log ${what}`, "pass on the log exactly as the agent gave it");
}
