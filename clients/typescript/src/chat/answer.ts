import type { ChatChunk } from "../../../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { type CountersignClient, chatChunkText, type PlainMessage } from "../client/index.ts";
import { CountersignError } from "../errors/index.ts";
import type { VerifiedSeal } from "../verify/index.ts";
import type { KeyStanding } from "./key-standing.ts";

/** Who shows an answer while it arrives and says how it ended. */
export interface AnswerView {
  /** Verified text of the answer. */
  text(text: string): void;
  /** Verified reasoning before the answer. */
  reasoning(text: string): void;
  /** The answer is complete and verified. */
  verified(seal: VerifiedSeal, keys: KeyStanding): void;
  /** It is not. */
  failed(error: CountersignError): void;
  /** A word from the program itself. */
  notice(text: string): void;
}

/** A complete, verified answer. */
export interface Answer {
  readonly text: string;
  readonly seal: VerifiedSeal;
  readonly keys: KeyStanding;
}

/** What to ask. */
export interface Question {
  readonly client: CountersignClient;
  readonly model: string;
  readonly messages: readonly PlainMessage[];
  /** Whether the connection was attested by a simulated TEE. */
  readonly simulated: () => boolean;
  /** Cancels the answer. */
  readonly signal: AbortSignal;
}

/**
 * Streams one answer into a view.
 *
 * @returns undefined if it failed, which the view was told
 */
export async function streamAnswer(question: Question, view: AnswerView): Promise<Answer | undefined> {
  const { client, model, messages, simulated, signal } = question;
  try {
    const stream = client.streamChat({ model, messages }, { signal });
    let text = "";
    for await (const chunk of stream) {
      const reasoning = reasoningOf(chunk);
      if (reasoning !== "") view.reasoning(reasoning);
      const piece = chatChunkText(chunk);
      if (piece !== "") view.text(piece);
      text += piece;
    }
    const seal = await stream.seal;
    const { pinned, attested } = stream;
    const keys = { pinned, attested, simulated: attested && simulated() };
    view.verified(seal, keys);
    return { text, seal, keys };
  } catch (error) {
    // Anything else than a failed check or call is a fault of this program and no verdict.
    if (!(error instanceof CountersignError)) throw error;
    view.failed(error);
    return undefined;
  }
}

function reasoningOf(chunk: ChatChunk): string {
  let text = "";
  for (const delta of chunk.deltas) if (delta.index === 0) text += delta.reasoning;
  return text;
}
