import { nearestName } from "../nearest-name.ts";
import { refusePolicy, refuseValue, type Shape } from "./shape.ts";

interface ChoiceOptions {
  /** What is accepted, where a list of all names would be too long. Default: that list. */
  readonly accepts?: string;
  /** Why a name outside the set is refused, where there is more to say than that it is. */
  readonly explain?: (name: string) => string | undefined;
}

/** One name of a closed set, in exactly its spelling. */
export function choice<const T extends string>(names: readonly T[], options: ChoiceOptions = {}): Shape<T> {
  const { accepts = names.length === 1 ? `${names[0]}` : `one of ${names.join(", ")}`, explain } = options;
  return {
    accepts,
    schema: { enum: names },
    read(value, path) {
      const found = names.find((name) => name === value);
      if (found !== undefined) return found;
      if (typeof value !== "string") return refuseValue(path, value, accepts);
      const explanation = explain?.(value);
      if (explanation !== undefined) return refusePolicy(path, explanation);
      const nearest = nearestName(value, names);
      return refuseValue(path, value, nearest === undefined ? accepts : `${accepts}; did you mean ${nearest}?`);
    },
  };
}
