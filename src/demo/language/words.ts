const STOP_WORDS = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by can
  could did do does doing don down each every few for from further get give go good had has have having he her here hers
  hey hi him his how i if in into is it its just know let like list lot make many may me might more most much must my
  name need new no nor not now of off ok on once one only or other our out over own please put really same say see she
  should show so some such take tell than thank thanks that the their them then there these they thing think this those
  through to too two under until up us use using very want was way we well were what when where which while who whom why
  will with without would write yes you your yours current currently return returns data value given tool function call
  create something anything user message answer question example explain describe three four five ten`.split(/\s+/),
);

/** The content words of a text in lower case: no stop words, no punctuation. */
export function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu) ?? [];
  return words.map((word) => word.replace(/['’](?:s|re|ve|ll|d|m|t)$/u, "")).filter((word) => !STOP_WORDS.has(word));
}

/** Takes off the commonest English endings, so that "searches", "searching" and "search" meet. */
export function stem(word: string): string {
  if (word.length > 5 && word.endsWith("ing")) return undouble(word.slice(0, -3));
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 4 && word.endsWith("ed")) return undouble(word.slice(0, -2));
  if (word.length > 3 && word.endsWith("s") && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word.length > 4 && word.endsWith("e") ? word.slice(0, -1) : word;
}

function undouble(word: string): string {
  return /([bdgmnprt])\1$/.test(word) ? word.slice(0, -1) : word;
}
