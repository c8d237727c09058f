import { type ReportedUsage, reportedUsage } from "../usage/index.ts";
import { SseLineReader } from "./line-reader.ts";

const LF = 0x0a;
const DATA = Buffer.from("data:");
const EVENT = Buffer.from("event:");
const ERROR = Buffer.from("error");
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
 * their quotes would be escaped, so the search finds names and whole string values only. Each data line is looked at
 * alone: engines write an event's JSON on one line.
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
  #inEvent = false;

  constructor() {
    this.#lines = new SseLineReader({ onLine: (buffer, start, end) => this.#line(buffer, start, end) });
  }

  /** True while the last byte fed did not end a line. */
  get midLine(): boolean {
    return this.#lines.midLine;
  }

  /** True while the last byte fed did not end an event: whatever is sent next would become a part of it. */
  get midEvent(): boolean {
    return this.#inEvent || this.midLine;
  }

  /** Feeds the next bytes. Returns false if a line is too long. */
  feed(chunk: Buffer): boolean {
    // Nearly every read: whole events between two events, with nothing in them to find.
    if (!this.#wantsId && !this.#inEvent && this.#lines.atLineStart && endsEvent(chunk) && !isNotable(chunk))
      return true;
    return this.#lines.feed(chunk);
  }

  /** Ends the stream. */
  end(): void {
    this.#lines.end();
  }

  get #wantsId(): boolean {
    return this.responseId === undefined && this.#idSearch > 0;
  }

  #line(buffer: Buffer, start: number, end: number): void {
    this.#inEvent = end > start;
    if (!startsWith(buffer, start, end, DATA)) {
      if (startsWith(buffer, start, end, EVENT) && equals(buffer, afterSpace(buffer, start + 6, end), end, ERROR)) {
        this.failed = true;
      }
      return;
    }
    const from = afterSpace(buffer, start + 5, end);
    if (equals(buffer, from, end, DONE)) {
      this.done = true;
      return;
    }
    if (end - from > MAX_PARSED_BYTES) return;
    const wantsId = this.#wantsId;
    const data = buffer.subarray(from, end);
    if (!wantsId && !data.includes(ERROR_TOKEN) && !data.includes(USAGE_TOKEN)) return;
    this.#inspect(data.toString("utf8"), wantsId);
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

/** Whether the bytes end with a blank line, in the line ends nearly all engines use. */
function endsEvent(chunk: Buffer): boolean {
  const { length } = chunk;
  return length >= 2 && chunk[length - 1] === LF && chunk[length - 2] === LF;
}

/** Whether there may be something to find in whole events. */
function isNotable(chunk: Buffer): boolean {
  return chunk.includes(ERROR_TOKEN) || chunk.includes(USAGE_TOKEN) || chunk.includes(DONE) || chunk.includes(EVENT);
}

function startsWith(buffer: Buffer, start: number, end: number, token: Buffer): boolean {
  if (end - start < token.length) return false;
  for (let at = 0; at < token.length; at++) if (buffer[start + at] !== token[at]) return false;
  return true;
}

/** Position behind the one space that may follow a field's colon. */
function afterSpace(buffer: Buffer, from: number, end: number): number {
  return from < end && buffer[from] === 0x20 ? from + 1 : from;
}

function equals(buffer: Buffer, start: number, end: number, token: Buffer): boolean {
  return end - start === token.length && buffer.compare(token, 0, token.length, start, end) === 0;
}
