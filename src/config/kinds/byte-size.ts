import { type Kind, type Parsed, refuse, within } from "../kind.ts";

const units = { gib: 1024 ** 3, mib: 1024 ** 2, kib: 1024, gb: 1e9, mb: 1e6, kb: 1e3, b: 1 } as const;

/** Bytes: a whole number, alone or with a unit of 1024 (KiB, MiB, GiB) or 1000 (kB, MB, GB), in any case. */
export function byteSize(bounds: { readonly min: number; readonly max: number }): Kind<number> {
  const { min, max } = bounds;
  function read(value: unknown): Parsed<number> {
    if (typeof value === "number") {
      return Number.isSafeInteger(value) ? within(value, min, max) : refuse("is not a size");
    }
    // 12 digits of GiB stay within what a double orders correctly against the bounds.
    const match = typeof value === "string" ? /^([0-9]{1,12}) ?([kmg]i?b|b)?$/i.exec(value) : null;
    if (match === null) return refuse("is not a size");
    const unit = units[(match[2] ?? "b").toLowerCase() as keyof typeof units];
    return within(Number(match[1]) * unit, min, max);
  }
  return {
    noun: "size",
    accepts: `a size from ${showByteSize(min)} to ${showByteSize(max)}, such as 65536, 64KiB or 10MiB`,
    secret: false,
    quotable: true,
    fromText: read,
    fromYaml: read,
    show: showByteSize,
    schema: {
      anyOf: [
        { type: "integer", minimum: min, maximum: max },
        { type: "string", pattern: "^[0-9]{1,12} ?([kKmMgG][iI]?[bB]|[bB])?$" },
      ],
    },
  };
}

/** In the largest unit of 1024 that divides it; otherwise the bare number. */
function showByteSize(bytes: number): string {
  for (const [unit, name] of [[units.gib, "GiB"] as const, [units.mib, "MiB"] as const, [units.kib, "KiB"] as const]) {
    if (bytes >= unit && bytes % unit === 0) return `${bytes / unit}${name}`;
  }
  return String(bytes);
}
