import type { EngineExchange, EngineScript } from "./scripted-engine.ts";

/** Header fields of an answer. */
export type Fields = Readonly<Record<string, string>>;

/** A response head. Framing fields are the caller's business. */
export function head(status: number, fields: Fields): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n`;
}

/** One chunk of a chunked body (RFC 9112 section 7.1). */
export function chunk(bytes: string | Uint8Array): Buffer {
  const content = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from("\r\n")]);
}

/** End of a chunked body. */
export const LAST_CHUNK = "0\r\n\r\n";

/** Head of an event stream in chunks. */
export const STREAM_HEAD = head(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" });

/** A whole answer with its length. */
export function whole(status: number, body: string | Uint8Array, fields: Fields = {}): Buffer {
  const bytes = Buffer.from(body);
  const all = { "content-type": "application/json", ...fields, "content-length": String(bytes.length) };
  return Buffer.concat([Buffer.from(head(status, all)), bytes]);
}

/** Answers with `body` as a whole. */
export function answerWith(status: number, body: string | Uint8Array, fields: Fields = {}): EngineScript {
  return (exchange) => exchange.write(whole(status, body, fields));
}

/** Answers with an event stream, one chunk and one write per piece. */
export function streamOf(...pieces: readonly (string | Uint8Array)[]): EngineScript {
  return async (exchange) => {
    await exchange.write(STREAM_HEAD);
    for (const piece of pieces) await exchange.write(chunk(piece));
    await exchange.write(LAST_CHUNK);
  };
}

/** An event of a chat stream. */
export function delta(id: string, content: string): string {
  const choices = [{ index: 0, delta: { content }, finish_reason: null }];
  return `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created: 1, model: "m", choices })}\n\n`;
}

export const DONE = "data: [DONE]\n\n";

/** A whole chat answer. */
export function chatAnswer(id: string, content: string): string {
  return JSON.stringify({
    id,
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  });
}

/** Whether the gateway asked for an event stream. */
export function wantsStream(exchange: EngineExchange): boolean {
  return (JSON.parse(exchange.body.toString("utf8")) as { stream?: boolean }).stream === true;
}

/** Answers like a healthy engine: in the form asked for, with `id` and a short text. */
export function healthy(id = "chatcmpl-1"): EngineScript {
  return (exchange) =>
    wantsStream(exchange)
      ? streamOf(delta(id, "Hel"), delta(id, "lo"), DONE)(exchange)
      : answerWith(200, chatAnswer(id, "Hello"))(exchange);
}
