import type { HeadReader } from "./head-reader.ts";
import { CR, hexValue, isTextOctet, LF, SEMICOLON } from "./octet-classes.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Longest chunk-size line without its CRLF, extensions included. Bytes. */
const maxSizeLineBytes = 256;
/** Most chunk extension bytes in one response; without it each octet of body could cost a whole size line. */
const maxExtensionBytes = 16 * 1024;

/**
 * Removes the chunked transfer coding (RFC 9112 section 7.1) from pieces cut anywhere. The data of all chunks in one read
 * is moved together inside the read buffer, over framing already consumed, so that a read gives one piece of body however
 * many chunks it holds. Extensions and trailer fields are checked, bounded and dropped. White space around the size,
 * which RFC 9112 lets a recipient accept before an extension, is refused.
 */
export class ChunkedDecoder {
  /** The body bytes of the last `read`, as positions in its buffer. */
  bodyStart = 0;
  bodyEnd = 0;
  /** Whether the last chunk and the trailer section have been read. */
  complete = false;
  /** Why the coding was refused. */
  fault: UpstreamError | undefined;

  readonly #trailers: HeadReader;
  #expect: "size" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf" | "trailers" = "size";
  /** While reading the size line its value so far, in data the bytes left. */
  #size = 0;
  #sizeLineBytes = 0;
  #extensionBytes = 0;

  /** @param trailers reads the trailer section; nobody else uses it meanwhile. */
  constructor(trailers: HeadReader) {
    this.#trailers = trailers;
  }

  /** Starts a new body. */
  begin(): void {
    this.complete = false;
    this.fault = undefined;
    this.#expect = "size";
    this.#size = 0;
    this.#sizeLineBytes = 0;
    this.#extensionBytes = 0;
  }

  /**
   * Takes octets of the coded body and leaves the decoded ones at `bodyStart..bodyEnd` of the same buffer, valid also when `fault` is set.
   * @returns where the body ends if it is now complete, else `end`.
   */
  read(buffer: Buffer, from: number, end: number): number {
    let at = from;
    this.bodyStart = from;
    this.bodyEnd = from;
    while (at < end) {
      if (this.#expect === "data") {
        const taken = Math.min(this.#size, end - at);
        this.#append(buffer, at, at + taken);
        at += taken;
        this.#size -= taken;
        if (this.#size === 0) this.#expect = "data-cr";
        continue;
      }
      if (this.#expect === "trailers") {
        at = this.#trailers.read(buffer, at, end);
        this.complete = this.#trailers.complete;
        this.fault = this.#trailers.fault;
        return at;
      }
      if (!this.#frame(buffer[at] ?? 0)) return end;
      at++;
    }
    return at;
  }

  #append(buffer: Buffer, start: number, end: number): void {
    if (this.bodyEnd === this.bodyStart) {
      this.bodyStart = start;
      this.bodyEnd = end;
      return;
    }
    buffer.copyWithin(this.bodyEnd, start, end);
    this.bodyEnd += end - start;
  }

  /** Takes one octet of framing; false if it is refused. */
  #frame(value: number): boolean {
    switch (this.#expect) {
      case "size":
        return this.#readSize(value);
      case "extension":
        if (value === CR) {
          this.#expect = "size-lf";
          return true;
        }
        return this.#extend(value);
      case "size-lf":
        if (value !== LF) return this.#refuse("a chunk size line does not end in CRLF");
        this.#sizeLineBytes = 0;
        this.#expect = this.#size === 0 ? "trailers" : "data";
        if (this.#size === 0) this.#trailers.begin("trailers");
        return true;
      case "data-cr":
        if (value !== CR) return this.#refuse("a chunk is longer than its size");
        this.#expect = "data-lf";
        return true;
      default:
        if (value !== LF) return this.#refuse("a chunk does not end in CRLF");
        this.#expect = "size";
        return true;
    }
  }

  #readSize(value: number): boolean {
    const digit = hexValue[value] ?? -1;
    if (digit >= 0) {
      // The size is the engine's choice: it must stay an exact number, and its line short even when padded with zeros.
      this.#size = this.#size * 16 + digit;
      if (!Number.isSafeInteger(this.#size)) return this.#refuse("a chunk size is over 2^53 - 1");
      if (++this.#sizeLineBytes > maxSizeLineBytes) return this.#refuse("a chunk size line is too long");
      return true;
    }
    if (this.#sizeLineBytes === 0) return this.#refuse("a chunk size is not a hexadecimal number");
    if (value === CR) {
      this.#expect = "size-lf";
      return true;
    }
    if (value !== SEMICOLON)
      return this.#refuse("a chunk size is followed by something other than CRLF or an extension");
    this.#expect = "extension";
    return this.#extend(value);
  }

  #extend(value: number): boolean {
    if (isTextOctet[value] === 0) return this.#refuse("a chunk extension holds a control character");
    if (++this.#sizeLineBytes > maxSizeLineBytes || ++this.#extensionBytes > maxExtensionBytes) {
      return this.#refuse("chunk extensions are too long");
    }
    return true;
  }

  #refuse(reason: string): false {
    this.fault = new UpstreamError("malformed", reason);
    return false;
  }
}
