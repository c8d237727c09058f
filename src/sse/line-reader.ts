const LF = 0x0a;
const CR = 0x0d;

/** Longest line kept while it is incomplete. A longer one is a fault of the engine. Bytes. */
export const MAX_LINE_BYTES = 16 << 20;

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
  /** Bytes of the line that has not ended yet. */
  #partial: Buffer | undefined;
  /** The last byte seen was a CR that ended a line: a LF that follows belongs to it. */
  #afterCr = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** True while the last byte fed did not end a line. */
  get midLine(): boolean {
    return this.#partial !== undefined;
  }

  /** Feeds the next bytes. Returns false if a line exceeds MAX_LINE_BYTES; the reader is unusable then. */
  feed(chunk: Buffer): boolean {
    let from = 0;
    if (this.#afterCr && chunk.length > 0) {
      this.#afterCr = false;
      if (chunk[0] === LF) from = 1;
    }
    const hasCr = chunk.includes(CR);
    while (from < chunk.length) {
      const end = hasCr ? nextLineEnd(chunk, from) : chunk.indexOf(LF, from);
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
    const partial = this.#partial;
    if (partial === undefined) return;
    this.#partial = undefined;
    this.#sink.onLine(partial, 0, partial.length);
  }

  #line(chunk: Buffer, from: number, end: number): void {
    const partial = this.#partial;
    if (partial === undefined) {
      this.#sink.onLine(chunk, from, end);
      return;
    }
    this.#partial = undefined;
    const whole = Buffer.concat([partial, chunk.subarray(from, end)]);
    this.#sink.onLine(whole, 0, whole.length);
  }

  #keep(chunk: Buffer, from: number): boolean {
    const rest = chunk.subarray(from);
    const partial = this.#partial;
    if ((partial?.length ?? 0) + rest.length > MAX_LINE_BYTES) return false;
    // Copied in both cases: the chunk is a view on a buffer that the next read overwrites.
    this.#partial = partial === undefined ? Buffer.from(rest) : Buffer.concat([partial, rest]);
    return true;
  }
}

function nextLineEnd(chunk: Buffer, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at];
    if (byte === LF || byte === CR) return at;
  }
  return -1;
}
