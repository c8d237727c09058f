import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Evidence, EvidenceSchema } from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { parseStrictJson } from "../quote/index.ts";
import { EXPORTER_BYTES } from "../ratls/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { NONCE_BYTES } from "./report-data.ts";
import type { BoundConnection } from "./verify-evidence.ts";

/** Format marker. Inside one version members are only added. */
export const BUNDLE_FORMAT = "countersign.bundle.v1";

/** Evidence with everything a verifier saw beside it: what is kept to verify it again, years later and offline. */
export interface EvidenceBundle {
  /** When the evidence was received. Unix seconds. */
  readonly recordedAt: number;
  /** Whom it was received from, for people. */
  readonly source: string;
  readonly evidence: Evidence;
  /** The verifier's own nonce, 32 bytes; undefined if it sent none. */
  readonly nonce: Uint8Array | undefined;
  /** What the verifier saw of the connection; undefined if the evidence is not about one. */
  readonly connection: BoundConnection | undefined;
}

/** Longest bundle that is read. UTF-16 units. */
const MAX_BUNDLE_TEXT = 16 * 1024 * 1024;
const MAX_SPKI_BYTES = 1024;

/** A bundle as JSON text. Throws RangeError if `recordedAt` is no time. */
export function writeBundle({ recordedAt, source, evidence, nonce, connection }: EvidenceBundle): string {
  const bundle = {
    format: BUNDLE_FORMAT,
    recorded_at: new Date(recordedAt * 1000).toISOString(),
    source,
    ...(evidence.simulated ? { simulated: true } : {}),
    nonce: nonce === undefined ? null : toBase64(nonce),
    connection:
      connection === undefined
        ? null
        : { leaf_spki: toBase64(connection.leafSpki), exporter: toBase64(connection.exporter) },
    evidence: toBase64(toBinary(EvidenceSchema, evidence)),
  };
  return `${JSON.stringify(bundle, undefined, 2)}\n`;
}

/**
 * Reads a bundle. A bundle is somebody's word for when it was recorded and what was seen: whoever archives it has to
 * keep it from being changed.
 *
 * @param text attacker-controlled
 * @throws CheckFailure malformed
 */
export function readBundle(text: string): EvidenceBundle {
  if (text.length > MAX_BUNDLE_TEXT) throw CheckFailure.malformed("the bundle is too long");
  const { format, recorded_at, source, nonce, connection, evidence } = object(
    parseStrictJson(text, "the bundle"),
    "the bundle",
  );
  if (format !== BUNDLE_FORMAT) throw CheckFailure.malformed(`format is not ${BUNDLE_FORMAT}`);
  if (typeof source !== "string" || source.length > 4096) throw CheckFailure.malformed("source is not a text");
  return {
    recordedAt: instant(recorded_at),
    source,
    evidence: readEvidence(fromBase64("evidence", evidence)),
    nonce: nonce === null ? undefined : sized("nonce", nonce, NONCE_BYTES),
    connection: connection === null ? undefined : readConnection(object(connection, "connection")),
  };
}

function readConnection({ leaf_spki, exporter }: Readonly<Record<string, unknown>>): BoundConnection {
  const leafSpki = fromBase64("connection.leaf_spki", leaf_spki);
  if (leafSpki.length === 0 || leafSpki.length > MAX_SPKI_BYTES) {
    throw CheckFailure.malformed(`connection.leaf_spki is not 1 to ${MAX_SPKI_BYTES} bytes`);
  }
  return { leafSpki, exporter: sized("connection.exporter", exporter, EXPORTER_BYTES) };
}

function readEvidence(bytes: Uint8Array): Evidence {
  try {
    return fromBinary(EvidenceSchema, bytes);
  } catch {
    throw CheckFailure.malformed("evidence is not a serialised message");
  }
}

function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw CheckFailure.malformed(`${what} is not an object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** The one form this package writes: RFC 3339 in UTC with milliseconds. */
function instant(value: unknown): number {
  const milliseconds = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (!Number.isFinite(milliseconds) || new Date(milliseconds).toISOString() !== value) {
    throw CheckFailure.malformed("recorded_at is not a time like 2026-09-04T10:15:00.000Z");
  }
  return milliseconds / 1000;
}

function sized(member: string, value: unknown, length: number): Uint8Array {
  const bytes = fromBase64(member, value);
  if (bytes.length !== length) throw CheckFailure.malformed(`${member} is not ${length} bytes`);
  return bytes;
}
