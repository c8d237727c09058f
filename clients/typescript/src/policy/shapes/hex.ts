import { refusePolicy, refuseValue, type Shape } from "./shape.ts";

/**
 * Bytes as hex digits of either case; read as lower case.
 *
 * @param what the bytes, for messages: "a measurement"
 */
export function hex(what: string, digits: number): Shape<string> {
  return matching(`${what} of ${digits} hex digits`, `^[0-9a-fA-F]{${digits}}$`);
}

/** Whole bytes as hex, from one byte to so many. */
export function hexUpTo(what: string, bytes: number): Shape<string> {
  return matching(`${what} of 2 to ${2 * bytes} hex digits, an even number`, `^([0-9a-fA-F]{2}){1,${bytes}}$`);
}

/** A compressed secp256k1 point (SEC 1, 2.3.3). */
export const COMPRESSED_POINT = matching(
  "a compressed public key, 66 hex digits that begin with 02 or 03",
  "^0[23][0-9a-fA-F]{64}$",
);

function matching(accepts: string, pattern: string): Shape<string> {
  const expression = new RegExp(pattern);
  return {
    accepts,
    schema: { type: "string", pattern },
    read(value, path) {
      // YAML reads digits alone, and digits around one `e`, as a number, and leading zeros are lost.
      if (typeof value === "number") return refusePolicy(path, `found a number: put hex digits in quotes; ${accepts}`);
      if (typeof value !== "string" || !expression.test(value)) return refuseValue(path, value, accepts);
      return value.toLowerCase();
    },
  };
}
