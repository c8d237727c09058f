import { accept, type Kind, type Parsed, refuse, within } from "../kind.ts";

/** Whole numbers between inclusive bounds. */
export function integer(bounds: { readonly min: number; readonly max: number }): Kind<number> {
  const { min, max } = bounds;
  return {
    noun: "number",
    accepts: `a whole number from ${min} to ${max}`,
    secret: false,
    quotable: true,
    fromText(text) {
      // 16 digits reach past every bound and stay within what a double counts exactly.
      return /^[0-9]{1,16}$/.test(text) ? within(Number(text), min, max) : refuse("is not a whole number");
    },
    fromYaml(value) {
      return Number.isSafeInteger(value) ? within(Number(value), min, max) : refuse("is not a whole number");
    },
    show: String,
    schema: { type: "integer", minimum: min, maximum: max },
  };
}

const port = integer({ min: 0, max: 65535 });

/** A TCP port, or `off` (undefined) for no listener. */
export const optionalPort: Kind<number | undefined> = {
  noun: "port",
  accepts: "a port from 0 to 65535 (0: any free one), or off",
  secret: false,
  quotable: true,
  fromText: (text) => (text.toLowerCase() === "off" ? accept(undefined) : portOrOff(port.fromText(text))),
  fromYaml: (value) => (value === "off" ? accept(undefined) : portOrOff(port.fromYaml(value))),
  show: (value) => (value === undefined ? "off" : String(value)),
  schema: { anyOf: [port.schema, { const: "off" }] },
};

function portOrOff(parsed: Parsed<number>): Parsed<number | undefined> {
  return "fault" in parsed && parsed.fault.code === "invalid_value" ? refuse("is not a port") : parsed;
}
