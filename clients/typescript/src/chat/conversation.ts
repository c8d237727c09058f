import type { PlainMessage } from "../client/index.ts";

/** The messages of one conversation. Only verified, complete answers become part of it. */
export interface Conversation {
  /** What to send to ask this next. */
  asking(prompt: string): readonly PlainMessage[];
  /** Takes a question and its verified answer. */
  add(prompt: string, answer: string): void;
  /** Forgets everything but the system message. */
  reset(): void;
}

/**
 * Starts a conversation.
 *
 * @param system instructions for the model; undefined: none
 */
export function createConversation(system: string | undefined): Conversation {
  const beginning: readonly PlainMessage[] = system === undefined ? [] : [{ role: "system", content: system }];
  let messages = [...beginning];
  return {
    asking: (prompt) => [...messages, { role: "user", content: prompt }],
    add(prompt, answer) {
      messages.push({ role: "user", content: prompt }, { role: "assistant", content: answer });
    },
    reset() {
      messages = [...beginning];
    },
  };
}
