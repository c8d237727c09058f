import { CheckFailure } from "../verdict/index.ts";

/** One mapping entry or list item of a compose file. */
export interface ComposeLine {
  /** Counted from 1. */
  readonly number: number;
  /** Undefined for list items that are mere values. */
  readonly key: string | undefined;
  /** Without quotes and comment; empty where the value follows on later lines. Escapes stand as they are. */
  readonly value: string;
}

/** Whatever some YAML reader takes for a line break beside LF, or shows to nobody: control characters, BOM. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
const INVISIBLE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]/;
const DASH = /^-(?: +|$)/;
const KEY = /^(["']?)([A-Za-z0-9_][A-Za-z0-9_./-]*)\1:(?: +|$)/;
const BLOCK_SCALAR = /^[|>][+-]?(?: *| +#.*)$/;
const QUOTED = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')(?: *| +#.*)$/;
/** A list of plain and quoted values that ends on its line. Each part begins where the one before must have ended. */
const LIST =
  /^\[ *(?:(?:"(?:[^"\\]|\\.)*" *|'(?:[^']|'')*' *|[\w./$=+~(-](?:[^,[\]{}"'#:]|:(?=[^ ,\]]))*)(?:, *|(?=\])))*\](?: *| +#.*)$/;
/** Begins of plain values that mean something else: aliases, anchors, tags, objects, explicit keys, ... */
const INDICATOR = /^(?:[&*!%@`?,\][{}|>"'#]|[-:](?: |$))/;

/**
 * Reads a compose file line by line, in a small part of YAML where every line can be understood by itself: block
 * mappings and lists, values on one line, and literal texts (`|`, `>`), which are stepped over. Anchors, aliases, merge
 * keys, tags, `{…}`, values over several lines, tabs and several documents are refused: a reader that misunderstands
 * one line may miss the next.
 *
 * @param text attacker-controlled; time is linear in its length
 * @throws CheckFailure that names the line
 */
export function* composeLines(text: string): Generator<ComposeLine> {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  /** The literal text being stepped over: column of its key or dash, and the indentation its first line gave it. */
  let literal: { readonly parent: number; indentation?: number } | undefined;
  /** Greatest indentation the next line can have without continuing the one before. */
  let limit = Number.POSITIVE_INFINITY;
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (INVISIBLE.test(line)) throw unreadable(number, "holds an invisible character");
    const indentation = line.search(/[^ ]/);
    if (indentation === -1) {
      // Some readers take the indentation of a literal text from spaces in front of it.
      if (line !== "" && literal !== undefined && literal.indentation === undefined) {
        throw unreadable(number, "begins a literal text with spaces");
      }
      continue;
    }
    if (literal !== undefined && indentation > literal.parent) {
      literal.indentation ??= indentation;
      if (indentation >= literal.indentation) continue;
      throw unreadable(number, "ends a literal text between two indentations");
    }
    literal = undefined;
    if (line[indentation] === "#") continue;
    if (line.includes("\t")) throw unreadable(number, "holds a tab");
    if (indentation > limit) throw unreadable(number, "continues the value before it");

    let column = indentation;
    let rest = line.slice(column);
    let item: number | undefined;
    for (let dash = DASH.exec(rest); dash !== null; dash = DASH.exec(rest)) {
      item = column;
      column += dash[0].length;
      rest = line.slice(column);
    }
    const [entry, , key] = KEY.exec(rest) ?? [];
    const parent = entry === undefined ? item : column;
    if (parent === undefined) throw unreadable(number, "is neither an entry nor a list item");
    const source = line.slice(column + (entry?.length ?? 0));
    if (BLOCK_SCALAR.test(source)) literal = { parent };
    const value = literal === undefined ? readValue(source, number) : "";
    limit = value === undefined ? Number.POSITIVE_INFINITY : parent;
    yield { number, key, value: value ?? "" };
  }
}

/** The value, or undefined where there is none on this line. */
function readValue(source: string, number: number): string | undefined {
  const comment = source.startsWith("#") ? 0 : source.indexOf(" #");
  const plain = (comment === -1 ? source : source.slice(0, comment)).trimEnd();
  if (plain === "") return undefined;
  const quoted = QUOTED.exec(source);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? "";
  if (LIST.test(source) || plain === "{}") return plain;
  if (INDICATOR.test(plain)) throw unreadable(number, "begins a value of a form this verifier does not read");
  if (/:(?: |$)/.test(plain)) throw unreadable(number, "holds a key this verifier does not read");
  return plain;
}

function unreadable(number: number, what: string): CheckFailure {
  return new CheckFailure(
    `line ${number} of the compose file ${what}`,
    "write the compose file in plain block style, or waive the check after reading it",
  );
}
