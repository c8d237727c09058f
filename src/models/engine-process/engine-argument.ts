import type { EngineArgumentName } from "../../config/index.ts";

/** The tasks an engine instance can have. */
export const TASKS = ["generate", "embed", "rerank"] as const;
export type Task = (typeof TASKS)[number];

/** Values of an engine's arguments in canonical text. Only names of the closed set occur. */
export type EngineArguments = Readonly<Partial<Record<EngineArgumentName, string>>>;

/** One argument a load may carry: which texts it takes, and the one form of each. */
interface ArgumentKind {
  readonly accepts: string;
  /** The canonical text, or undefined. The text comes from outside. */
  readonly read: (text: string) => string | undefined;
}

function whole(min: number, max: number): ArgumentKind {
  return {
    accepts: `a whole number from ${min} to ${max}`,
    read(text) {
      const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? String(value) : undefined;
    },
  };
}

/** A word that names something an engine knows. It never begins with a hyphen and holds no path. */
const word: ArgumentKind = {
  accepts: "a word of letters, digits and . _ - that begins with a letter or digit",
  read: (text) => (/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(text) ? text : undefined),
};

const flag: ArgumentKind = {
  accepts: "true or false",
  read: (text) => (text === "true" || text === "false" ? text : undefined),
};

const share: ArgumentKind = {
  accepts: "a number from 0.01 to 1",
  read(text) {
    const value = /^(?:0|1|0?\.\d{1,6}|1\.0{1,6})$/.test(text) ? Number(text) : Number.NaN;
    return value >= 0.01 && value <= 1 ? value.toFixed(2) : undefined;
  },
};

const KINDS: Readonly<Record<EngineArgumentName, ArgumentKind>> = {
  dtype: word,
  quantization: word,
  max_model_len: whole(1, 100_000_000),
  gpu_memory_utilization: share,
  max_num_seqs: whole(1, 65_536),
  enable_chunked_prefill: flag,
  max_num_batched_tokens: whole(1, 100_000_000),
  enable_prefix_caching: flag,
  kv_cache_dtype: word,
  mamba_ssm_cache_dtype: word,
  max_cudagraph_capture_size: whole(1, 65_536),
  reasoning_parser: word,
  tool_call_parser: word,
  enable_auto_tool_choice: flag,
};

/** Every name, in the order in which they are put on a command line. */
export const ARGUMENT_NAMES = Object.keys(KINDS) as readonly EngineArgumentName[];

/** Whether a text from outside is the name of an argument. */
export function isArgumentName(name: string): name is EngineArgumentName {
  return Object.hasOwn(KINDS, name);
}

/** Reads one value: its canonical text, or what would be accepted. */
export function readArgument(
  name: EngineArgumentName,
  text: string,
): { readonly value: string } | { readonly accepts: string } {
  const { read, accepts } = KINDS[name];
  const value = read(text);
  return value === undefined ? { accepts } : { value };
}
