import { type CountersignError, ERROR_MEANINGS } from "../errors/index.ts";
import type { VerifiedSeal } from "../verify/index.ts";
import { type KeyStanding, standingText } from "./key-standing.ts";
import { printable } from "./printable.ts";

/** One line that says what was verified. */
export function verifiedLine(seal: VerifiedSeal, keys: KeyStanding): string {
  const chunks = seal.chunkCount === 1n ? "1 chunk" : `${seal.chunkCount} chunks`;
  return printable(
    `✓ verified ${chunks} · sealed ${seal.status} · keys: ${standingText(keys)} · receipt ${seal.receiptId}`,
  );
}

/** One line that says what failed, and what that means. */
export function failureLine(error: CountersignError): string {
  const detail = error.message.replace(`[${error.code}] `, "");
  return printable(`✗ ${error.code} · ${detail} · ${ERROR_MEANINGS[error.code]}`).replaceAll("\n", " ");
}
