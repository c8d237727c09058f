import type { Mode } from "./config.ts";
import type { Parsed } from "./kind.ts";
import { boolean, integer } from "./kinds/index.ts";
import type { Variable } from "./setting.ts";

/** Bounds of a variable in seconds. */
interface SecondsOptions {
  /** The setting's own minimum, in milliseconds. Default 1 s. */
  readonly minMs?: number;
  /** The setting's own maximum, in milliseconds. */
  readonly maxMs: number;
  /** 0 takes the setting back to its default. Otherwise 0 is refused. */
  readonly zeroIsDefault?: true;
}

/** A variable that counts whole seconds. */
export function seconds(name: string, { minMs = 1000, maxMs, zeroIsDefault }: SecondsOptions): Variable<number> {
  const kind = integer({ min: zeroIsDefault ? 0 : Math.ceil(minMs / 1000), max: Math.floor(maxMs / 1000) });
  return {
    name,
    grammar: {
      accepts: `${kind.accepts}, in seconds${zeroIsDefault ? "; 0 for the default" : ""}`,
      read(text) {
        const parsed = kind.fromText(text);
        if (!("value" in parsed)) return parsed;
        return zeroIsDefault && parsed.value === 0 ? { reset: true } : { value: parsed.value * 1000 };
      },
    },
  };
}

/** `DEV`: yes means development; no means that the other settings decide, whatever the file says. */
export const developmentSwitch: Variable<Mode> = {
  name: "DEV",
  grammar: {
    accepts: "true, yes, on or 1 for development; false, no, off or 0 for the default",
    read(text): Parsed<Mode> {
      const parsed = boolean.fromText(text);
      if (!("value" in parsed)) return parsed;
      return parsed.value ? { value: "development" } : { reset: true };
    },
  },
};
