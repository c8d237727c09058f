import { SseLineReader } from "./line-reader.ts";

const COLON = 0x3a;
const SPACE = 0x20;

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

  constructor(sink: EventSink) {
    this.#sink = sink;
    this.#lines = new SseLineReader({ onLine: (buffer, start, end) => this.#line(buffer, start, end) });
  }

  /** Feeds the next bytes. Returns false if a line is too long; the reader is unusable then. */
  feed(chunk: Buffer): boolean {
    return this.#lines.feed(chunk);
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
    let colon = start;
    while (colon < end && buffer[colon] !== COLON) colon++;
    if (colon === start) return; // a comment
    const valueStart = buffer[colon + 1] === SPACE && colon + 1 < end ? colon + 2 : Math.min(colon + 1, end);
    const field = buffer.toString("latin1", start, colon);
    if (field === "data") {
      const value = buffer.toString("utf8", valueStart, end);
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    } else if (field === "event") {
      this.#name = buffer.toString("utf8", valueStart, end);
    }
  }

  #dispatch(): void {
    const data = this.#data;
    const name = this.#name;
    this.#data = undefined;
    this.#name = "";
    if (data !== undefined) this.#sink.onEvent(name === "" ? "message" : name, data);
  }
}
