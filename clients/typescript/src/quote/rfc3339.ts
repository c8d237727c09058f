const UTC_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/;

/**
 * A time of RFC 3339 in the one form collateral uses: UTC, seconds, no fraction.
 *
 * @returns Unix seconds; undefined for any other text, and for moments that do not exist
 */
export function parseUtcTime(text: string): number | undefined {
  const milliseconds = UTC_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(milliseconds)) return undefined;
  // Some engines carry over what does not exist, such as 30 February; a time that comes back changed was not one.
  return utcTimeText(milliseconds / 1000) === text ? milliseconds / 1000 : undefined;
}

/** @param seconds Unix seconds between the years 0 and 9999 */
export function utcTimeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
