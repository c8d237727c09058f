import { type ReportedUsage, reportedUsage } from "../usage/index.ts";
import { SseLineReader } from "./line-reader.ts";

const DATA = Buffer.from("data:");
const EVENT_ERROR = Buffer.from("event: error");
const ERROR_TOKEN = Buffer.from('"error"');
const USAGE_TOKEN = Buffer.from('"usage"');
const DONE = Buffer.from("[DONE]");

/** Longest data line that is parsed to find an id, an error or usage. Bytes. */
const MAX_PARSED_BYTES = 1 << 20;

/**
 * Watches a completion stream that passes by, without changing or holding it: finds the response id in the first
 * event, usage in whichever event carries it, an error event, and `[DONE]`.
 *
 * No event is parsed unless it has to be: `"error"` and `"usage"` are searched as bytes first. Inside a JSON string
 * their quotes would be escaped, so the search finds names and whole string values only.
 */
export class CompletionWatch {
  readonly #lines: SseLineReader;
  /** `id` of the first JSON event that has one. Attacker-controlled (engine); bounded by the store. */
  responseId: string | undefined;
  usage: ReportedUsage | undefined;
  /** `data: [DONE]` has passed. */
  done = false;
  /** An error event has passed. */
  failed = false;
  /** How many more events are searched for an id. */
  #idSearch = 4;
  /** The bytes at hand may hold an error or usage; a token cut by a read lies in an unfinished line. */
  #suspicious = false;

  constructor() {
    this.#lines = new SseLineReader({ onLine: (buffer, start, end) => this.#line(buffer, start, end) });
  }

  /** True while the last byte fed did not end a line. */
  get midLine(): boolean {
    return this.#lines.midLine;
  }

  /** Feeds the next bytes. Returns false if a line is too long. */
  feed(chunk: Buffer): boolean {
    this.#suspicious = this.midLine || chunk.includes(ERROR_TOKEN) || chunk.includes(USAGE_TOKEN);
    return this.#lines.feed(chunk);
  }

  /** Ends the stream. */
  end(): void {
    this.#lines.end();
  }

  #line(buffer: Buffer, start: number, end: number): void {
    if (end - start < DATA.length) return;
    if (buffer[start] !== 0x64 /* d */) {
      if (buffer[start] === 0x65 /* e */ && equals(buffer, start, end, EVENT_ERROR)) this.failed = true;
      return;
    }
    if (buffer[start + 4] !== 0x3a || buffer[start + 3] !== 0x61) return; // not `data:`
    const from = buffer[start + 5] === 0x20 ? start + 6 : start + 5;
    if (equals(buffer, from, end, DONE)) {
      this.done = true;
      return;
    }
    const wantsId = this.responseId === undefined && this.#idSearch > 0;
    if (!wantsId && !this.#suspicious) return;
    if (end - from > MAX_PARSED_BYTES) return;
    this.#inspect(buffer.toString("utf8", from, end), wantsId);
  }

  #inspect(data: string, wantsId: boolean): void {
    let event: unknown;
    try {
      event = JSON.parse(data);
    } catch {
      return; // Passed on as it is; the caller's parser will say so.
    }
    if (typeof event !== "object" || event === null) return;
    const fields = event as Record<string, unknown>;
    if (wantsId) {
      this.#idSearch--;
      if (typeof fields["id"] === "string" && fields["id"] !== "") this.responseId = fields["id"];
    }
    if ((fields["error"] !== undefined && fields["error"] !== null) || fields["object"] === "error") this.failed = true;
    const usage = reportedUsage(fields["usage"]);
    if (usage !== undefined) this.usage = usage;
  }
}

function equals(buffer: Buffer, start: number, end: number, token: Buffer): boolean {
  return end - start === token.length && buffer.compare(token, 0, token.length, start, end) === 0;
}
