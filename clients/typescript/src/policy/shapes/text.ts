import { refuseValue, type Shape } from "./shape.ts";

/** Begins with something to see, and holds nothing that a terminal may obey or not show. */
const VISIBLE = "^(?!\\s)[^\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+$";

/** One line of text for people, of at most so many characters. */
export function line(longest: number): Shape<string> {
  const accepts = `one line of at most ${longest} characters that begins with no space`;
  return {
    accepts,
    schema: { type: "string", maxLength: longest, pattern: VISIBLE },
    read(value, path) {
      if (typeof value !== "string" || [...value].length > longest || !new RegExp(VISIBLE, "u").test(value)) {
        return refuseValue(path, value, accepts);
      }
      return value;
    },
  };
}

/** Text of any content, for another reader to judge. */
export function block(what: string, longest: number): Shape<string> {
  const accepts = `${what} of at most ${longest} characters`;
  return {
    accepts,
    schema: { type: "string", minLength: 1, maxLength: longest },
    read(value, path) {
      if (typeof value !== "string" || value === "" || [...value].length > longest) {
        return refuseValue(path, value, accepts);
      }
      return value;
    },
  };
}
