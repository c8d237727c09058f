import { type CountersignError, ERROR_MEANINGS } from "../errors/index.ts";
import type { VerifiedSeal } from "../verify/index.ts";
import { printable } from "./printable.ts";

/** One line that says what was verified. */
export function verifiedLine(seal: VerifiedSeal, isPinned: boolean): string {
  const chunks = seal.chunkCount === 1n ? "1 chunk" : `${seal.chunkCount} chunks`;
  const keys = isPinned ? "pinned" : "NOT ATTESTED";
  return printable(`✓ verified ${chunks} · sealed ${seal.status} · keys: ${keys} · receipt ${seal.receiptId}`);
}

/** One line that says what failed, and what that means. */
export function failureLine(error: CountersignError): string {
  const detail = error.message.replace(`[${error.code}] `, "");
  return printable(`✗ ${error.code} · ${detail} · ${ERROR_MEANINGS[error.code]}`).replaceAll("\n", " ");
}
