const LF = 0x0a;
const CR = 0x0d;
const EMPTY = Buffer.alloc(0);

/** Longest line kept while it is incomplete. A longer one is a fault of the engine. Bytes. */
export const MAX_LINE_BYTES = 16 << 20;

/** Reads up to this long are searched byte by byte. */
const SHORT_BYTES = 384;

/** Receives the lines of an event stream, without their line ends. */
export interface LineSink {
  /** One complete line: `buffer[start..end)`. The buffer is only valid during the call. */
  onLine(buffer: Buffer, start: number, end: number): void;
}

/**
 * Splits an event stream (WHATWG HTML section 9.2) into lines wherever the network cut it: LF, CRLF and CR all end a
 * line. Bytes come from an engine and are not trusted: an unfinished line is kept up to MAX_LINE_BYTES.
 *
 * On the hot path: a read that ends with a line end, as nearly all do, is neither copied nor decoded here.
 */
export class SseLineReader {
  readonly #sink: LineSink;
  /** Holds the bytes of the line that has not ended yet: the first `#length` of it. */
  #partial: Buffer = EMPTY;
  #length = 0;
  /** The last byte seen was a CR that ended a line: a LF that follows belongs to it. */
  #afterCr = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** True while the last byte fed did not end a line. */
  get midLine(): boolean {
    return this.#length > 0;
  }

  /** True while the next byte begins a line, whatever it is. */
  get atLineStart(): boolean {
    return this.#length === 0 && !this.#afterCr;
  }

  /** Feeds the next bytes. Returns false if a line exceeds MAX_LINE_BYTES; the reader is unusable then. */
  feed(chunk: Buffer): boolean {
    let from = 0;
    if (this.#afterCr && chunk.length > 0) {
      this.#afterCr = false;
      if (chunk[0] === LF) from = 1;
    }
    // A native search costs about as much as looking at SHORT_BYTES one by one.
    const byByte = chunk.length <= SHORT_BYTES || chunk.includes(CR);
    while (from < chunk.length) {
      const end = byByte ? nextLineEnd(chunk, from) : chunk.indexOf(LF, from);
      if (end === -1) return this.#keep(chunk, from);
      this.#line(chunk, from, end);
      from = end + 1;
      if (chunk[end] === CR) {
        if (from === chunk.length) this.#afterCr = true;
        else if (chunk[from] === LF) from++;
      }
    }
    return true;
  }

  /** Ends the stream: a last line without a line end is delivered too. */
  end(): void {
    if (this.#length === 0) return;
    const { partial, length } = this.#takePartial();
    this.#sink.onLine(partial, 0, length);
  }

  #line(chunk: Buffer, from: number, end: number): void {
    if (this.#length === 0) {
      this.#sink.onLine(chunk, from, end);
      return;
    }
    this.#append(chunk, from, end);
    const { partial, length } = this.#takePartial();
    this.#sink.onLine(partial, 0, length);
  }

  #keep(chunk: Buffer, from: number): boolean {
    if (this.#length + chunk.length - from > MAX_LINE_BYTES) return false;
    // Copied: the chunk is a view on a buffer that the next read overwrites.
    this.#append(chunk, from, chunk.length);
    return true;
  }

  /** Doubles the space where it has to grow, so that a line that trickles in costs time linear in its length. */
  #append(chunk: Buffer, from: number, end: number): void {
    const length = this.#length + end - from;
    if (length > this.#partial.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#partial.length));
      this.#partial.copy(grown, 0, 0, this.#length);
      this.#partial = grown;
    }
    chunk.copy(this.#partial, this.#length, from, end);
    this.#length = length;
  }

  /** The partial line, which begins anew. */
  #takePartial(): { partial: Buffer; length: number } {
    const taken = { partial: this.#partial, length: this.#length };
    this.#partial = EMPTY;
    this.#length = 0;
    return taken;
  }
}

function nextLineEnd(chunk: Buffer, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at];
    if (byte === LF || byte === CR) return at;
  }
  return -1;
}
