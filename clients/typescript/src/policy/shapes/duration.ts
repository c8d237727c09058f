import { refuseValue, type Shape } from "./shape.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const DURATION = "^[0-9]{1,9}[smhd]$";

/** A time span: seconds as a whole number, or a whole number with the unit s, m, h or d. Read as seconds. */
export function duration(leastSeconds: number, greatestSeconds: number): Shape<number> {
  const accepts = `a duration from ${leastSeconds} to ${greatestSeconds} seconds, such as 3600, 90m, 12h or 30d`;
  return {
    accepts,
    schema: {
      anyOf: [
        { type: "integer", minimum: leastSeconds, maximum: greatestSeconds },
        { type: "string", pattern: DURATION },
      ],
    },
    read(value, path) {
      const seconds = typeof value === "string" ? fromText(value) : value;
      if (typeof seconds !== "number" || !Number.isInteger(seconds)) return refuseValue(path, value, accepts);
      if (seconds < leastSeconds || seconds > greatestSeconds) return refuseValue(path, value, accepts);
      return seconds;
    },
  };
}

function fromText(text: string): number | undefined {
  if (!new RegExp(DURATION).test(text)) return undefined;
  const unit = UNIT_SECONDS[text.slice(-1)];
  return unit === undefined ? undefined : Number(text.slice(0, -1)) * unit;
}
