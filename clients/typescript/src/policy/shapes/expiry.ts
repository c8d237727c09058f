import { INSTANT_PATTERN, parseInstant } from "../instant.ts";
import { refuseValue, type Shape } from "./shape.ts";

const DATE_PATTERN = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
const DATE = new RegExp(`^${DATE_PATTERN}$`);

/** Until when something counts: a moment, or a date, which counts to its last second in UTC. Read as Unix seconds. */
export const EXPIRY: Shape<number> = {
  accepts: 'a date such as "2027-03-31", or a time such as "2027-03-31T12:00:00Z"',
  schema: { type: "string", pattern: `^${DATE_PATTERN}$|${INSTANT_PATTERN}` },
  read(value, path) {
    const text = typeof value === "string" && DATE.test(value) ? `${value}T23:59:59Z` : value;
    return (typeof text === "string" ? parseInstant(text) : undefined) ?? refuseValue(path, value, EXPIRY.accepts);
  },
};
