import type { Evidence } from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { DEFAULT_APP_COMPOSE } from "../../../src/tee/simulated/event-log/index.ts";
import { meaningOfCollateral, meaningOfQuote } from "../../../tools/fuzz/meaning.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

/**
 * Everything of evidence that a verdict rests on, in one form. This is the whole list of what it leaves out:
 *
 * - `vm_config`, `created` and `fresh`, which nothing vouches for, and fields nobody knows;
 * - `simulated`, which can only cost an acceptance: who is simulated is told by the roots;
 * - how many zeros pad the quote, and white space in its PEM text;
 * - in the collateral, white space and escapes of JSON, white space of PEM, the case of hexadecimal digits;
 * - in the event log, white space and escapes of JSON, the case of hexadecimal digits;
 * - whether the compose document is there at all: its hash stands in the event log, and what is there has to have it.
 */
export function meaningOf(evidence: Evidence): string {
  const { keyset, devices, manifest, nonce, quote, collateral, eventLog, appCompose } = evidence;
  const own = text(appCompose) === DEFAULT_APP_COMPOSE.text || appCompose.length === 0;
  return JSON.stringify({
    committed: [keyset, devices, manifest, nonce].map(hex),
    quote: meaningOfQuote(quote),
    collateral: meaningOfCollateral(collateral),
    eventLog: withLowerCaseHex(JSON.parse(text(eventLog))),
    appCompose: own ? "as measured, or absent" : text(appCompose),
  });
}

function withLowerCaseHex(entries: readonly Readonly<Record<string, unknown>>[]) {
  const lower = (value: unknown): unknown => (typeof value === "string" ? value.toLowerCase() : value);
  return entries.map((entry) => ({
    ...entry,
    digest: lower(entry["digest"]),
    event_payload: lower(entry["event_payload"]),
  }));
}
