import type { Conversation, Turn } from "./conversation.ts";
import { oneOf, type Phrase, sequence } from "./phrase.ts";
import type { Reply } from "./reply.ts";
import { proseList } from "./template.ts";

const INTROS = proseList([
  "{Here is|This is} what {tool} {says|reports|found}:",
  "{According to|Going by} {tool},",
  "{I asked|I have asked} {tool}, and the {answer|result} is:",
]);
/** A tool result is attacker-controlled: only this much of it is read and only so many values are said. */
const MAX_RESULT = 4096;
const MAX_VALUES = 12;

/** Answers from the tool results at the end of the conversation; undefined when it does not end with any. */
export function answerFromTools(conversation: Conversation): Reply | undefined {
  const results: Turn[] = [];
  for (const turn of conversation.turns.toReversed()) {
    if (turn.role !== "tool") break;
    results.unshift(turn);
  }
  if (results.length === 0) return undefined;
  const parts: Phrase[] = results.map((turn) => {
    const tool = turn.toolName ?? "the tool";
    const intro = oneOf(INTROS.map((phrase) => fill(phrase, tool)));
    return sequence(intro, " ", describe(turn.text.slice(0, MAX_RESULT)));
  });
  return { phrase: sequence(...parts.flatMap((part, index) => (index === 0 ? [part] : ["\n\n", part]))), slots: {} };
}

function fill(phrase: Phrase, tool: string): Phrase {
  if (typeof phrase === "string") return phrase;
  if (phrase.kind === "slot") return tool;
  if (phrase.kind === "sequence") return { ...phrase, parts: phrase.parts.map((part) => fill(part, tool)) };
  return phrase.kind === "choice" ? { ...phrase, options: phrase.options.map((option) => fill(option, tool)) } : phrase;
}

function describe(result: string): string {
  const value = parse(result);
  if (typeof value !== "object" || value === null) return ended(String(value).trim() || "nothing at all");
  const said: string[] = [];
  collect(value, "", said, 0);
  return said.length === 0 ? "an empty result." : ended(said.join(", "));
}

function collect(value: object, prefix: string, said: string[], depth: number): void {
  for (const [key, inner] of Object.entries(value)) {
    if (said.length >= MAX_VALUES) return;
    const label = Array.isArray(value) ? prefix : `${prefix} ${spoken(key)}`.trim();
    if (typeof inner !== "object" || inner === null)
      said.push(label === "" ? String(inner) : `${label}: ${String(inner)}`);
    else if (depth < 4) collect(inner, label, said, depth + 1);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function spoken(key: string): string {
  return key
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
