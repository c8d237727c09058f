import { MAX_LINE_BYTES, SseLineReader } from "./line-reader.ts";

const DATA = Buffer.from("data");
const EVENT = Buffer.from("event");
const COLON = 0x3a;
const SPACE = 0x20;
/** Charged for each data line beside its text, so that many short ones cannot grow memory either. Bytes. */
const DATA_LINE_COST = 64;

/** Receives the events of a stream. */
export interface EventSink {
  /** `name` is the event's name (`message` if it has none), `data` its data lines joined by LF. */
  onEvent(name: string, data: string): void;
}

/** Decodes an event stream (WHATWG HTML section 9.2.6) into events. Comments, ids and retry times are skipped. */
export class SseEventReader {
  readonly #lines: SseLineReader;
  readonly #sink: EventSink;
  #name = "";
  #data: string | undefined;
  /** What the data lines of the event at hand cost. Bytes, about. */
  #cost = 0;
  /** The data lines of one event exceed the bound of a line. */
  #tooLong = false;

  constructor(sink: EventSink) {
    this.#sink = sink;
    this.#lines = new SseLineReader({ onLine: (buffer, start, end) => this.#line(buffer, start, end) });
  }

  /** Feeds the next bytes. Returns false if a line or an event exceeds MAX_LINE_BYTES; the reader is unusable then. */
  feed(chunk: Buffer): boolean {
    return this.#lines.feed(chunk) && !this.#tooLong;
  }

  /** Ends the stream. An event whose blank line is missing is delivered: engines that die leave such events. */
  end(): void {
    this.#lines.end();
    this.#dispatch();
  }

  #line(buffer: Buffer, start: number, end: number): void {
    if (start === end) {
      this.#dispatch();
      return;
    }
    const colon = fieldEnd(buffer, start, end);
    if (colon === start) return; // a comment
    const isData = colon - start === 4 && buffer[start] === 0x64 && buffer.compare(DATA, 0, 4, start, colon) === 0;
    if (!isData && buffer.compare(EVENT, 0, EVENT.length, start, colon) !== 0) return;
    const valueStart = buffer[colon + 1] === SPACE && colon + 1 < end ? colon + 2 : Math.min(colon + 1, end);
    const value = buffer.toString("utf8", valueStart, end);
    if (!isData) {
      this.#name = value;
      return;
    }
    // The number of data lines is the engine's choice: all together are held to the bound of one.
    this.#cost += DATA_LINE_COST + value.length;
    if (this.#cost > MAX_LINE_BYTES) this.#tooLong = true;
    else this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
  }

  #dispatch(): void {
    const data = this.#data;
    const name = this.#name;
    this.#data = undefined;
    this.#cost = 0;
    this.#name = "";
    // An event that was cut short by the bound must not be taken for a whole one.
    if (data !== undefined && !this.#tooLong) this.#sink.onEvent(name === "" ? "message" : name, data);
  }
}

/** Where a line's field name ends: its colon, or the end of the line. */
function fieldEnd(buffer: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && buffer[at] !== COLON) at++;
  return at;
}
