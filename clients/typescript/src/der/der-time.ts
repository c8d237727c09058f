import { DerError } from "./der-error.ts";
import { TAG } from "./tag.ts";

const ZERO = 0x30;
const NINE = 0x39;
const UTC = 0x5a;

/**
 * A UTCTime or GeneralizedTime in the one form RFC 5280, 4.1.2.5 allows: seconds present, `Z`, no fraction.
 *
 * @returns Unix time in seconds
 * @throws DerError if it is not that, or names a day or hour that does not exist
 */
export function parseDerTime(tag: number, content: Uint8Array, offset: number): number {
  const yearDigits = tag === TAG.utcTime ? 2 : 4;
  const digits = yearDigits + 10;
  const isForm =
    content.length === digits + 1 &&
    content[digits] === UTC &&
    content.subarray(0, digits).every((byte) => byte >= ZERO && byte <= NINE);
  if (!isForm) throw new DerError("time is not in the form of RFC 5280", offset);
  const pair = (index: number): number => ((content[index] ?? 0) - ZERO) * 10 + (content[index + 1] ?? 0) - ZERO;
  const year = tag === TAG.utcTime ? centuryOf(pair(0)) + pair(0) : pair(0) * 100 + pair(2);
  const month = pair(yearDigits);
  const day = pair(yearDigits + 2);
  const hour = pair(yearDigits + 4);
  const minute = pair(yearDigits + 6);
  const second = pair(yearDigits + 8);
  // Date.UTC takes years below 100 for those of the last century, and carries over what does not exist.
  const exists =
    year >= 100 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(year, month) &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!exists) throw new DerError("time names a moment that does not exist", offset);
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

/** RFC 5280, 4.1.2.5.1: two-digit years from 50 are of the last century. */
function centuryOf(twoDigits: number): number {
  return twoDigits < 50 ? 2000 : 1900;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
