import { parseArgs } from "node:util";

/** What one table row compares: the proxy in front of the engine and the protocol spoken to it. */
export const VARIANTS = ["direct", "nginx", "rest", "connect", "grpc"] as const;
export type Variant = (typeof VARIANTS)[number];

/** Groups of cases, as `--only` names them. */
export const GROUPS = ["paced", "burst", "buffered", "grpc", "idle"] as const;
export type Group = (typeof GROUPS)[number];

/** The command line of the bench. */
export interface Options {
  /** Rounds over all variants; default 3, with `quick` 1. */
  readonly rounds: number;
  /** Short windows, for a first impression. */
  readonly quick: boolean;
  /** Print one JSON document instead of the table. */
  readonly json: boolean;
  readonly only: readonly Group[];
  readonly variants: readonly Variant[];
}

/** A mistake of whoever started the bench, or a missing program: printed without a stack, exit status 2. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

export const USAGE = `usage: node bench/run.ts [options]
  --quick             one short round of everything, about a minute
  --rounds <n>        rounds over all variants, 1 to 20 (default 3)
  --only <groups>     comma-separated: ${GROUPS.join(", ")}
  --variants <names>  comma-separated: ${VARIANTS.join(", ")}
  --json              one JSON document on standard output
`;

function choose<T extends string>(flag: string, text: string | undefined, known: readonly T[]): readonly T[] {
  if (text === undefined) return known;
  const wanted = text.split(",");
  const unknown = wanted.filter((name) => !known.some((one) => one === name));
  if (unknown.length > 0)
    throw new SetupError(`--${flag}: unknown ${unknown.join(", ")}; known are ${known.join(", ")}`);
  return known.filter((one) => wanted.includes(one));
}

/** Reads the command line; `undefined` means that help was asked for. */
export function parseOptions(argv: readonly string[]): Options | undefined {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
  if (values.help) return undefined;
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 20)
    throw new SetupError("--rounds: a whole number from 1 to 20");
  return {
    rounds,
    quick: values.quick,
    json: values.json,
    only: choose("only", values.only, GROUPS),
    variants: choose("variants", values.variants, VARIANTS),
  };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      help: { type: "boolean", short: "h", default: false },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      rounds: { type: "string" },
      only: { type: "string" },
      variants: { type: "string" },
    },
  }).values;
}
