import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { hexToBytes } from "@noble/hashes/utils.js";
import { UsageError } from "./usage-error.ts";

/** Flags every form takes. */
export const COMMON_FLAGS = {
  policy: { type: "string" },
  root: { type: "string", multiple: true },
  at: { type: "string" },
  "allow-simulated": { type: "boolean" },
  json: { type: "boolean" },
} as const;

/**
 * Reads the flags of one form, and the one thing it verifies. A flag given twice is refused unless it may be: the second
 * would silently win.
 *
 * @param subject what the one positional argument is, for messages
 * @throws UsageError
 */
export function parseFlags<const T extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: T,
  subject: string,
) {
  const parsed = (() => {
    try {
      return parseArgs({ args: [...argv], options, allowPositionals: true, tokens: true });
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : "the flags cannot be read");
    }
  })();
  const seen = new Set<string>();
  for (const token of parsed.tokens) {
    if (token.kind !== "option" || options[token.name]?.multiple === true) continue;
    if (seen.has(token.name)) throw new UsageError(`--${token.name} is given twice`);
    seen.add(token.name);
  }
  const [target, ...others] = parsed.positionals;
  if (target === undefined || others.length > 0) throw new UsageError(`give one ${subject}`);
  return { values: parsed.values, target };
}

/** The bytes of a flag in hex; undefined if it is not given. */
export function hexFlag(name: string, text: string | undefined, bytes: number): Uint8Array | undefined {
  if (text === undefined) return undefined;
  if (text.length !== 2 * bytes || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new UsageError(`--${name} is ${bytes} bytes, ${2 * bytes} hex digits; this has ${text.length} characters`);
  }
  return hexToBytes(text);
}
