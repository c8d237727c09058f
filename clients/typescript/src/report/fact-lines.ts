import type { Fact } from "../verdict/index.ts";
import { oneLine } from "./one-line.ts";

type Facts = { readonly [name: string]: Fact };

/** The reported facts as an indented list with aligned names. Bytes keep one line each, so that they can be copied. */
export function factLines(facts: Facts, indent = "  "): string[] {
  const entries = Object.entries(facts);
  const nameWidth = Math.max(0, ...entries.filter(([, fact]) => !isNested(fact)).map(([name]) => name.length));
  return entries.flatMap(([name, fact]) => {
    const shown = oneLine(name);
    if (!isNested(fact)) return [`${indent}${shown.padEnd(nameWidth)}  ${oneLine(plain(fact))}`];
    const inner = Array.isArray(fact) ? Object.fromEntries(fact.entries()) : fact;
    return [`${indent}${shown}`, ...factLines(inner as Facts, `${indent}  `)];
  });
}

/** Whether a fact needs lines of its own: a list with lists or mappings in it, or a mapping. */
function isNested(fact: Fact): boolean {
  if (Array.isArray(fact)) return fact.some((item: Fact) => typeof item === "object" && item !== null);
  return typeof fact === "object" && fact !== null;
}

function plain(fact: Fact): string {
  if (fact === null) return "not stated";
  if (Array.isArray(fact)) return fact.length === 0 ? "none" : fact.join(", ");
  return String(fact);
}
