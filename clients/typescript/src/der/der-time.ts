import { DerError } from "./der-error.ts";
import { TAG } from "./tag.ts";

const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/**
 * A UTCTime or GeneralizedTime in the one form RFC 5280, 4.1.2.5 allows: seconds present, `Z`, no fraction.
 *
 * @returns Unix time in seconds
 * @throws DerError if it is not that, or names a day or hour that does not exist
 */
export function parseDerTime(tag: number, content: Uint8Array, offset: number): number {
  const text = String.fromCharCode(...content.subarray(0, 16));
  const match = content.length > 16 ? null : (tag === TAG.utcTime ? UTC_TIME : GENERALIZED_TIME).exec(text);
  if (match === null) throw new DerError("time is not in the form of RFC 5280", offset);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  // RFC 5280, 4.1.2.5.1: two-digit years from 50 are of the last century.
  const fullYear = tag === TAG.utcTime ? year + (year < 50 ? 2000 : 1900) : year;
  const milliseconds = Date.UTC(fullYear, month - 1, day, hour, minute, second);
  const date = new Date(milliseconds);
  // Date.UTC carries over what does not exist, such as 30 February; a date that comes back changed was not one.
  const same =
    date.getUTCFullYear() === fullYear &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (!same) throw new DerError("time names a moment that does not exist", offset);
  return milliseconds / 1000;
}
