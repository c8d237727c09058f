import { oneOf } from "./phrase.ts";
import type { Question, Reply } from "./reply.ts";
import { proseList } from "./template.ts";

const WORD_OPERATORS: readonly (readonly [RegExp, string])[] = [
  [/\bplus\b|\badded to\b/gi, "+"],
  [/\bminus\b/gi, "-"],
  [/\b(?:times|multiplied by)\b|[×·]/gi, "*"],
  [/\b(?:divided by|over)\b|÷/gi, "/"],
  [/\bto the power of\b|\*\*/gi, "^"],
  [/−/g, "-"],
];
const NUMBER_WORDS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
    " ",
  );
const ANSWERS = proseList([
  "{sum} = {result}",
  "{sum} = {result}.",
  "The {answer|result} is {result}.",
  "That {makes|comes to|is} {result}.",
  "{sum} is {result}.",
]);
/** Longer or deeper sums are not sums that people ask a chat model. */
const MAX_EXPRESSION = 200;
const MAX_DEPTH = 32;

/** Answers sums: "2+2", "what is 12 times 7?", "15% of 80", "the square root of 144". */
export function answerArithmetic({ text }: Question): Reply | undefined {
  const expression = findExpression(text);
  if (expression === undefined) return undefined;
  const result = evaluate(expression);
  if (result === undefined) return undefined;
  const sum = expression
    .replace(/\s*([-+*/^])\s*/g, " $1 ")
    .replace(/\*/g, "×")
    .replace(/(^|\() - /g, "$1-");
  return { phrase: oneOf(ANSWERS), slots: { sum: sum.trim(), result: formatNumber(result) } };
}

/** The sum a message asks for, in digits and signs; undefined when it asks for none. */
export function findExpression(text: string): string | undefined {
  if (text.length > 2 * MAX_EXPRESSION) return undefined;
  let plain = text.replace(/(\d),(?=\d{3}\b)/g, "$1");
  const percent = /(\d+(?:\.\d+)?)\s*(?:%|percent) of (\d+(?:\.\d+)?)/i.exec(plain);
  if (percent !== null) return `${percent[1]} / 100 * ${percent[2]}`;
  const root = /square root of (\d+(?:\.\d+)?)/i.exec(plain);
  if (root !== null) return `${root[1]} ^ 0.5`;
  const pair = /\b(sum|product|difference) (?:of|between) (-?\d+(?:\.\d+)?) and (-?\d+(?:\.\d+)?)/i.exec(plain);
  if (pair !== null) {
    const sign = { sum: "+", product: "*", difference: "-" }[pair[1]?.toLowerCase() ?? ""] ?? "+";
    return `${pair[2]} ${sign} ${pair[3]}`;
  }
  NUMBER_WORDS.forEach((word, value) => {
    plain = plain.replace(new RegExp(`\\b${word}\\b`, "gi"), String(value));
  });
  for (const [pattern, sign] of WORD_OPERATORS) plain = plain.replace(pattern, sign);
  plain = plain.replace(/(\d)\s*x\s*(?=\d)/gi, "$1*");
  const candidates = plain.match(/[-(]*\d[\d.]*(?:[\s()]*[-+*/^][\s(]*-?\d[\d.]*\)*)+/g) ?? [];
  const [found] = candidates.sort((left, right) => right.length - left.length);
  const looksLikeDate = found !== undefined && /^\d{1,4}[-/]\d{1,2}[-/]\d{1,4}$/.test(found.trim());
  return found === undefined || looksLikeDate ? undefined : found.replace(/\s+/g, " ").trim();
}

/** Works a sum out by recursive descent; undefined when it is not one, or has no finite value. */
export function evaluate(expression: string): number | undefined {
  if (expression.length > MAX_EXPRESSION) return undefined;
  const symbols = expression.match(/\d+(?:\.\d+)?|[-+*/^()]/g) ?? [];
  let at = 0;
  let depth = 0;

  function sum(): number {
    let value = product();
    while (symbols[at] === "+" || symbols[at] === "-")
      value = symbols[at++] === "+" ? value + product() : value - product();
    return value;
  }
  function product(): number {
    let value = power();
    while (symbols[at] === "*" || symbols[at] === "/")
      value = symbols[at++] === "*" ? value * power() : value / power();
    return value;
  }
  function power(): number {
    if (symbols[at] === "-") {
      at += 1;
      return descend(() => -power());
    }
    const base = atom();
    if (symbols[at] !== "^") return base;
    at += 1;
    return descend(() => base ** power());
  }
  function atom(): number {
    const symbol = symbols[at++];
    if (symbol !== "(") return symbol === undefined ? Number.NaN : Number(symbol);
    const value = descend(sum);
    return symbols[at++] === ")" ? value : Number.NaN;
  }
  /** Nesting is attacker-controlled: bound it. */
  function descend(parse: () => number): number {
    depth += 1;
    const value = depth > MAX_DEPTH ? Number.NaN : parse();
    depth -= 1;
    return value;
  }

  const value = sum();
  return at === symbols.length && Number.isFinite(value) ? value : undefined;
}

function formatNumber(value: number): string {
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(10));
  return Math.abs(rounded) < 1e21 ? String(rounded) : rounded.toExponential();
}
