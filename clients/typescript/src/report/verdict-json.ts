import type { Check, Verdict } from "../verdict/index.ts";

/** What JSON leaves as it is and a terminal may obey or show in another order. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A verdict as one JSON document: members in a fixed order, two spaces, no final line feed. Characters a terminal might
 * obey are escaped, which changes nothing for a parser.
 */
export function verdictJson(verdict: Verdict): string {
  const { format, subject, result, simulated, at, policy, checks, facts, notes } = verdict;
  const document = { format, subject, result, simulated, at, policy, checks: checks.map(ordered), facts, notes };
  // Line feeds of the layout are the only control characters JSON.stringify leaves below U+007F.
  return JSON.stringify(document, undefined, 2).replace(INVISIBLE, (found) =>
    found === "\n" ? found : escaped(found),
  );
}

function ordered({ id, outcome, required, cause, remedy }: Check): Check {
  return { id, outcome, required, cause, ...(remedy === undefined ? {} : { remedy }) };
}

/** As JSON escapes it: once for each UTF-16 unit. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`,
  ).join("");
}
