import { hexToBytes } from "@noble/hashes/utils.js";
import { UsageError } from "../verify/usage-error.ts";

/** Flags that say how a tree is made. */
export const SHAPE_FLAGS = {
  salt: { type: "string" },
  algorithm: { type: "string" },
  "data-block-size": { type: "string" },
  "hash-block-size": { type: "string" },
} as const;

/** What of the shape was asked for; members nobody gave are absent. */
export interface AskedShape {
  readonly salt?: Uint8Array;
  readonly algorithm?: string;
  readonly dataBlockSize?: number;
  readonly hashBlockSize?: number;
}

type ShapeValues = { readonly [Name in keyof typeof SHAPE_FLAGS]?: string | undefined };

/** Throws UsageError if a flag is not what it must be; whether a tree can be made so is judged elsewhere. */
export function shapeOf(values: ShapeValues): AskedShape {
  const { salt, algorithm } = values;
  const dataBlockSize = decimal("data-block-size", values["data-block-size"]);
  const hashBlockSize = decimal("hash-block-size", values["hash-block-size"]);
  return {
    ...(salt === undefined ? {} : { salt: saltOf(salt) }),
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(dataBlockSize === undefined ? {} : { dataBlockSize }),
    ...(hashBlockSize === undefined ? {} : { hashBlockSize }),
  };
}

function saltOf(text: string): Uint8Array {
  if (text === "-") return new Uint8Array();
  if (text.length > 512 || !/^([0-9a-fA-F]{2})+$/.test(text)) {
    throw new UsageError("--salt is 1 to 256 bytes in hex, or - for none");
  }
  return hexToBytes(text);
}

function decimal(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{2,5}$/.test(text)) throw new UsageError(`--${name} is a power of two from 512 to 524288`);
  return Number(text);
}
