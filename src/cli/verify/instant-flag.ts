import { parseInstant } from "@countersign/client/policy";
import { UsageError } from "./usage-error.ts";

/** Seconds to the end of the year 9999: the last moment a certificate can name. */
const LATEST = 253_402_300_799;

/**
 * The moment of verification: RFC 3339, or Unix seconds. Default: now.
 *
 * @returns Unix seconds, finite
 * @throws UsageError
 */
export function momentOf(at: string | undefined): number {
  if (at === undefined) return Date.now() / 1000;
  const seconds = /^[0-9]{1,12}(\.[0-9]{1,9})?$/.test(at) ? Number(at) : parseInstant(at);
  if (seconds === undefined || seconds > LATEST) {
    throw new UsageError("--at is a time such as 2026-03-01T00:00:00Z, or Unix seconds such as 1772323200");
  }
  return seconds;
}
