/** A conversation as the language model sees it: texts only, attachments counted. */
export interface Conversation {
  readonly turns: readonly Turn[];
  readonly images: number;
  readonly recordings: number;
}

export interface Turn {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly text: string;
  /** For tool turns, the function whose result it is, when the history says. */
  readonly toolName?: string;
}

/** The longest part of a message that recognisers look at, in UTF-16 units. Prompts are attacker-controlled. */
const MAX_INSPECTED = 8192;

/** The last thing the user said, bounded for pattern matching. */
export function lastUserText(conversation: Conversation): string {
  return userTexts(conversation).at(-1) ?? "";
}

/** What the user said, oldest first, each bounded for pattern matching. */
export function userTexts(conversation: Conversation): string[] {
  return conversation.turns
    .filter(({ role }) => role === "user")
    .map(({ text }) => text.slice(0, MAX_INSPECTED).trim());
}
