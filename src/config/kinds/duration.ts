import { type Kind, type Parsed, refuse, within } from "../kind.ts";

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** The longest duration a Node timer can wait for is 2^31 - 1 ms; a longer one would fire at once. */
export const longestDurationMs = 24 * units.d;

/** Milliseconds, written as a whole number and a unit. The unit is required: a bare 5 is how outages start. */
export function duration(bounds: { readonly min: number; readonly max: number }): Kind<number> {
  const { min, max } = bounds;
  function read(value: unknown): Parsed<number> {
    const match = typeof value === "string" ? /^([0-9]{1,10}) ?(ms|s|m|h|d)$/.exec(value) : null;
    if (match === null) {
      return refuse(/^[0-9]+$/.test(String(value)) ? "has no unit" : "is not a duration");
    }
    const unit = units[match[2] as keyof typeof units];
    return within(Number(match[1]) * unit, min, max);
  }
  return {
    noun: "duration",
    accepts: `a duration from ${showDuration(min)} to ${showDuration(max)}, such as 500ms, 5s, 10m or 1h`,
    secret: false,
    quotable: true,
    fromText: read,
    fromYaml: read,
    show: showDuration,
    schema: { type: "string", pattern: "^[0-9]{1,10} ?(ms|s|m|h|d)$" },
  };
}

/** In the largest unit that divides it: 3600000 is `1h`, 1500 is `1500ms`. */
function showDuration(ms: number): string {
  const unit = Object.entries(units).find(([, size]) => ms >= size && ms % size === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}
