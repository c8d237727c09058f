import { crypto } from "../crypto/index.ts";

/** First moment whose year has five digits. Unix seconds. */
const YEAR_10000 = 253_402_300_800;
const SECONDS_PER_DAY = 86_400;

/**
 * A minute as deterministic quotes hash it: `YYYY-MM-DDTHH:MMZ`, UTC, seconds cut off. 17 ASCII characters in any
 * locale and time zone.
 *
 * @param unixSeconds from 1970 to 9999
 * @throws RangeError
 */
export function minuteText(unixSeconds: number): string {
  if (!(unixSeconds >= 0 && unixSeconds < YEAR_10000)) throw new RangeError("a time is from the years 1970 to 9999");
  return `${new Date(unixSeconds * 1000).toISOString().slice(0, 16)}Z`;
}

/**
 * The nonce of the GPU evidence that deterministic quotes fold in: the same for everyone on one UTC day.
 *
 * @param unixSeconds any moment of the day
 * @returns 32 bytes
 * @throws RangeError
 */
export function gpuNonceForDay(unixSeconds: number): Uint8Array {
  const day = minuteText(unixSeconds).slice(0, 10);
  return crypto.digest("sha256", new TextEncoder().encode(`privasys-gpu-attest/deterministic/v1\n${day}`));
}

/** The nonces a verifier accepts for a day's GPU evidence: that of the day, and of the day before. */
export function acceptedGpuNonces(unixSeconds: number): readonly Uint8Array[] {
  return [gpuNonceForDay(unixSeconds), gpuNonceForDay(unixSeconds - SECONDS_PER_DAY)];
}
