import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { CountersignClient } from "../client/index.ts";
import { type Answer, streamAnswer } from "./answer.ts";
import { createConversation } from "./conversation.ts";
import { createJsonView } from "./json-view.ts";
import { sealReport } from "./seal-report.ts";
import { createTerminalView } from "./terminal-view.ts";

/** Options of {@link runChat}. */
export interface ChatOptions {
  /** Client of the gateway. */
  readonly client: CountersignClient;
  /** Model to ask. */
  readonly model: string;
  /** Where prompts come from, one per line. Not read with `once`. */
  readonly input: Readable;
  /** Where answers go. */
  readonly output: Writable;
  /** Instructions for the model. Default: none. */
  readonly system?: string;
  /** Ask this and stop. Default: read prompts until the input ends or `/quit`. */
  readonly once?: string;
  /** Write JSON lines for programs instead of text for people. Default false. */
  readonly json?: boolean;
  /** Whether input and output are a terminal: shows a prompt, edits lines, colours verdicts. Default false. */
  readonly isTerminal?: boolean;
  /** Whether the connection was attested by a simulated TEE, known once it is open. Default: it was not. */
  readonly simulated?: () => boolean;
  /** Ends the chat and cancels a running answer. */
  readonly signal?: AbortSignal;
}

const HELP = `/help   this list
/seal   what the last verified answer was signed with
/reset  forget the conversation
/quit   leave; Ctrl-C cancels a running answer`;

/**
 * Chats with a model and says after each answer what was verified. Only verified, complete answers are kept as context.
 *
 * @returns false if any answer failed
 */
export async function runChat(options: ChatOptions): Promise<boolean> {
  const { client, model, output, once, isTerminal = false, simulated = () => false } = options;
  const view = options.json === true ? createJsonView(output) : createTerminalView(output, isTerminal);
  const conversation = createConversation(options.system);

  async function ask(prompt: string, signal: AbortSignal): Promise<Answer | undefined> {
    const answer = await streamAnswer(
      { client, model, messages: conversation.asking(prompt), simulated, signal },
      view,
    );
    if (answer !== undefined) conversation.add(prompt, answer.text);
    return answer;
  }

  const ended = options.signal ?? new AbortController().signal;
  if (once !== undefined) return (await ask(once, ended)) !== undefined;
  return converse(options, ended, { ask, reset: conversation.reset, notice: view.notice });
}

interface Talk {
  readonly ask: (prompt: string, signal: AbortSignal) => Promise<Answer | undefined>;
  readonly reset: () => void;
  readonly notice: (text: string) => void;
}

async function converse(options: ChatOptions, ended: AbortSignal, talk: Talk): Promise<boolean> {
  const { input, output, isTerminal = false } = options;
  const lines = createInterface({ input, output, terminal: isTerminal, prompt: isTerminal ? "> " : "", signal: ended });
  let running: AbortController | undefined;
  let last: Answer | undefined;
  let isAllVerified = true;
  let isClosed = false;
  const prompt = (): void => {
    // Piped input may have ended while an answer ran; lines read before that are still to be answered.
    if (!isClosed) lines.prompt();
  };
  lines.once("close", () => {
    isClosed = true;
  });
  // In a terminal readline takes Ctrl-C, so the process gets no signal for it.
  lines.on("SIGINT", () => {
    if (running !== undefined) return running.abort();
    talk.notice("\n/quit leaves");
    prompt();
  });
  prompt();
  for await (const line of lines) {
    const text = line.trim();
    if (text === "/quit" || ended.aborted) break;
    if (text === "/help") talk.notice(HELP);
    else if (text === "/seal") {
      talk.notice(last === undefined ? "no verified answer yet" : sealReport(last.seal, last.keys));
    } else if (text === "/reset") talk.reset();
    else if (text.startsWith("/")) talk.notice("no such command; /help lists them");
    else if (text !== "") {
      running = new AbortController();
      const answer = await talk.ask(text, AbortSignal.any([running.signal, ended]));
      running = undefined;
      if (answer === undefined) isAllVerified = false;
      else last = answer;
    }
    prompt();
  }
  lines.close();
  return isAllVerified;
}
