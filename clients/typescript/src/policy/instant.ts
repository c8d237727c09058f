/** RFC 3339, 5.6, with capital letters: date, time to the second or finer, and offset. */
export const INSTANT_PATTERN =
  "^([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";

const INSTANT = new RegExp(INSTANT_PATTERN);

/**
 * A moment in RFC 3339 form. Undefined for any other text, and for days that do not exist: Date.parse reads 30 February
 * as a day in March.
 *
 * @returns Unix seconds
 */
export function parseInstant(text: string): number | undefined {
  const [, year, month, day] = INSTANT.exec(text) ?? [];
  if (Number(day) > daysOf(Number(year), Number(month))) return undefined;
  const milliseconds = year === undefined ? Number.NaN : Date.parse(text);
  return Number.isFinite(milliseconds) ? milliseconds / 1000 : undefined;
}

function daysOf(year: number, month: number): number {
  // Day 0 of the next month. The year is set apart, because Date.UTC takes years below 100 for those of a century ago.
  const date = new Date(Date.UTC(2000, month, 0));
  date.setUTCFullYear(year, month, 0);
  return date.getUTCDate();
}
