import { hexToBytes } from "@noble/hashes/utils.js";
import { CheckFailure } from "../verdict/index.ts";
import type { EventLogEntry, RegisterIndex } from "./event-log-entry.ts";

/** Longest log that is read. UTF-16 units; a genuine one with every payload has some ten thousand. */
const MAX_TEXT = 4 * 1024 * 1024;
/** Most events of a log; a genuine one has about thirty. */
const MAX_EVENTS = 4096;
/** Longest name. UTF-16 units. */
const MAX_NAME = 256;
/** Longest payload. Bytes. */
const MAX_PAYLOAD = 64 * 1024;
/** Longest pre-image: a payload in hex, and a name with every character escaped. Bytes. */
const MAX_PREIMAGE = 2 * MAX_PAYLOAD + 8 * MAX_NAME;
const REGISTER_BYTES = 48;

const MEMBERS: ReadonlySet<string> = new Set([
  "imr",
  "event_type",
  "digest",
  "event",
  "event_payload",
  "version",
  "preimage",
]);

/**
 * Reads an event log as the dstack agent gives it: a JSON array of events. Only the shape is judged here; what the
 * events say counts once they have been replayed to a register of a verified quote.
 *
 * @param text attacker-controlled: length, count, names and payloads are bounded, nesting never followed
 * @throws CheckFailure malformed
 */
export function parseEventLog(text: string): readonly EventLogEntry[] {
  if (text.length > MAX_TEXT) throw malformed("it is too long");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw malformed("it is not JSON");
  }
  if (!Array.isArray(parsed)) throw malformed("it is not an array");
  if (parsed.length > MAX_EVENTS) throw malformed(`it holds ${parsed.length} events, more than ${MAX_EVENTS}`);
  return parsed.map((value: unknown, index) => readEntry(value, index));
}

function readEntry(value: unknown, index: number): EventLogEntry {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed(`event ${index} is not an object`);
  }
  // A member this verifier does not know could change what the others mean.
  if (Object.keys(value).some((name) => !MEMBERS.has(name))) throw malformed(`event ${index} has an unknown member`);
  const members = value as { readonly [name: string]: unknown };
  const { imr, event_type: eventType, event, version = 1, preimage } = members;
  if (!isRegisterIndex(imr)) throw malformed(`event ${index} names no register from 0 to 3`);
  if (typeof eventType !== "number" || eventType >>> 0 !== eventType) {
    throw malformed(`the type of event ${index} is not a 32-bit number`);
  }
  // Ill-formed Unicode has no UTF-8 form: what was hashed would be another name.
  if (typeof event !== "string" || event.length > MAX_NAME || !event.isWellFormed()) {
    throw malformed(`the name of event ${index} is not a text of at most ${MAX_NAME} characters`);
  }
  if (version !== 1 && version !== 2) throw malformed(`event ${index} has an unknown version`);
  return {
    imr,
    eventType,
    digest: readHex(members["digest"], REGISTER_BYTES, `the digest of event ${index}`),
    event,
    payload: readHex(members["event_payload"], MAX_PAYLOAD, `the payload of event ${index}`),
    version,
    preimage: preimage === undefined ? undefined : readHex(preimage, MAX_PREIMAGE, `the pre-image of event ${index}`),
  };
}

function isRegisterIndex(value: unknown): value is RegisterIndex {
  return value === 0 || value === 1 || value === 2 || value === 3;
}

function readHex(value: unknown, maxBytes: number, what: string): Uint8Array {
  if (typeof value !== "string" || value.length > 2 * maxBytes || !/^(?:[0-9a-fA-F]{2})*$/.test(value)) {
    throw malformed(`${what} is not hex of at most ${maxBytes} bytes`);
  }
  return hexToBytes(value);
}

function malformed(what: string): CheckFailure {
  return CheckFailure.malformed(
    `the event log cannot be read: ${what}`,
    "pass on the log exactly as the agent gave it",
  );
}
