import { refuseValue, type Shape } from "./shape.ts";

/** True or false. */
export const FLAG: Shape<boolean> = {
  accepts: "true or false",
  schema: { type: "boolean" },
  read: (value, path) => (typeof value === "boolean" ? value : refuseValue(path, value, "true or false")),
};

/** A whole number within inclusive bounds. */
export function wholeNumber(least: number, greatest: number): Shape<number> {
  const accepts = least === greatest ? `the number ${least}` : `a whole number from ${least} to ${greatest}`;
  return {
    accepts,
    schema: least === greatest ? { const: least } : { type: "integer", minimum: least, maximum: greatest },
    read(value, path) {
      if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > greatest) {
        return refuseValue(path, value, accepts);
      }
      return value;
    },
  };
}
