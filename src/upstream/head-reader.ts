import { COLON, CR, HTAB, isTextOctet, isTokenOctet, LF, SP } from "./octet-classes.ts";
import { UpstreamError } from "./upstream-error.ts";
import { UpstreamHeaders } from "./upstream-headers.ts";

/** Most fields in one head or trailer section. */
const maxFields = 128;
const statusLinePrefix = Buffer.from("HTTP/1.");
const nothing = Buffer.alloc(0);

/**
 * Reads a response head (status line and fields) or a trailer section (fields alone) from pieces cut anywhere: RFC 9112
 * sections 4, 5 and 7.1.2. Stricter than the RFC asks of a recipient, because a lenient reading is what response splitting
 * lives on: lines end in CRLF only, no folding, no white space before the colon, no empty line before the status line.
 *
 * A section that arrives in one read is scanned where it lies; only one that is cut is copied, into storage bounded by
 * the limit. Each octet is looked at once for line ends and once as part of its line, however it was cut.
 */
export class HeadReader {
  /** Status code of the head just read. */
  status = 0;
  /** Minor version of the head just read: 0 or 1. */
  minorVersion = 0;
  /** Whether the section is complete. */
  complete = false;
  /** Why the section was refused. */
  fault: UpstreamError | undefined;

  readonly #maxBytes: number;
  #expectStatusLine = true;
  #offsets: number[] = [];
  #fields = 0;
  #text = "";
  /** Next octet to look at and start of its line, relative to the start of the section. */
  #position = 0;
  #lineStart = 0;
  /** The part of a cut section that earlier reads brought. */
  #held = nothing;
  #heldBytes = 0;

  /** @param maxBytes largest section in bytes, blank line included. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Starts a new section. */
  begin(section: "head" | "trailers"): void {
    this.#expectStatusLine = section === "head";
    this.complete = false;
    this.fault = undefined;
    this.#offsets = [];
    this.#fields = 0;
    this.#text = "";
    this.#position = 0;
    this.#lineStart = 0;
    this.#held = nothing;
    this.#heldBytes = 0;
  }

  /** The fields of the head just read. */
  headers(): UpstreamHeaders {
    return new UpstreamHeaders(this.#text, this.#offsets);
  }

  /**
   * Takes octets of the section.
   * @returns where the section ends if it is now complete, else `end`: all octets were taken, or `fault` is set.
   */
  read(buffer: Buffer, at: number, end: number): number {
    // The length of a head is the engine's choice: never scan or hold more than maxBytes of it.
    const taken = Math.min(end - at, this.#maxBytes - this.#heldBytes);
    const heldBefore = this.#heldBytes;
    if (heldBefore === 0) {
      this.#scan(buffer, at, taken);
    } else {
      this.#hold(buffer, at, at + taken);
      this.#scan(this.#held, 0, this.#heldBytes);
    }
    if (this.complete) {
      this.#held = nothing;
      return at + this.#position - heldBefore;
    }
    if (this.fault !== undefined) return end;
    if (heldBefore + taken === this.#maxBytes) {
      this.fault = new UpstreamError("too_large", `a response head or trailer section is over ${this.#maxBytes} bytes`);
      return end;
    }
    if (heldBefore === 0) this.#hold(buffer, at, end);
    return end;
  }

  #hold(buffer: Buffer, at: number, end: number): void {
    const needed = this.#heldBytes + end - at;
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, Math.max(1024, needed * 2)));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    buffer.copy(this.#held, this.#heldBytes, at, end);
    this.#heldBytes = needed;
  }

  /** Looks at the octets from `#position` up to `length` of the section that starts at `origin`. */
  #scan(bytes: Buffer, origin: number, length: number): void {
    if (this.#expectStatusLine) this.#checkPrefix(bytes, origin, length);
    if (this.fault !== undefined) return;
    let position = this.#position;
    while (position < length) {
      if (bytes[origin + position] !== LF) {
        position++;
        continue;
      }
      if (position === this.#lineStart || bytes[origin + position - 1] !== CR) {
        this.#refuse("a line of the head ends in LF without CR");
        return;
      }
      const start = origin + this.#lineStart;
      const end = origin + position - 1;
      position++;
      this.#lineStart = position;
      this.#position = position;
      if (this.#expectStatusLine) {
        this.#expectStatusLine = false;
        this.#readStatusLine(bytes, start, end);
      } else if (start === end) {
        this.#text = bytes.toString("latin1", origin, origin + position);
        this.complete = true;
        return;
      } else {
        this.#readField(bytes, start, end, origin);
      }
      if (this.fault !== undefined) return;
    }
    this.#position = position;
  }

  /** Refuses a peer that speaks something else as soon as that shows, not only once it sends a line end. */
  #checkPrefix(bytes: Buffer, origin: number, length: number): void {
    const known = Math.min(length, statusLinePrefix.length);
    if (statusLinePrefix.compare(bytes, origin, origin + known, 0, known) !== 0) {
      this.#refuse("the response does not start with HTTP/1.");
    }
  }

  /** RFC 9112 section 4. The space before an empty reason phrase may be missing, as common servers leave it out. */
  #readStatusLine(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    if (length < 12) {
      this.#refuse("the status line is too short");
      return;
    }
    const minor = octet(bytes, start + 7) - 0x30;
    const hundreds = octet(bytes, start + 9) - 0x30;
    const tens = octet(bytes, start + 10) - 0x30;
    const ones = octet(bytes, start + 11) - 0x30;
    if ((minor !== 0 && minor !== 1) || bytes[start + 8] !== SP) {
      this.#refuse("the status line is not one of HTTP/1.0 or HTTP/1.1");
      return;
    }
    if (hundreds < 1 || hundreds > 5 || tens < 0 || tens > 9 || ones < 0 || ones > 9) {
      this.#refuse("the status code is not three digits between 100 and 599");
      return;
    }
    if (length > 12 && bytes[start + 12] !== SP) {
      this.#refuse("the status code is not followed by a space");
      return;
    }
    if (!isText(bytes, start + 12, end)) {
      this.#refuse("the reason phrase holds a control character");
      return;
    }
    this.minorVersion = minor;
    this.status = hundreds * 100 + tens * 10 + ones;
  }

  /** RFC 9112 section 5: name, colon, value, nothing else. A line that starts with white space (obs-fold) has no name. */
  #readField(bytes: Buffer, start: number, end: number, origin: number): void {
    // The number of fields is the engine's choice: bound it before storing positions.
    if (++this.#fields > maxFields) {
      this.#refuse(`there are more than ${maxFields} header or trailer fields`);
      return;
    }
    let colon = start;
    while (colon < end && isTokenOctet[octet(bytes, colon)] === 1) colon++;
    if (colon === start || colon === end || bytes[colon] !== COLON) {
      this.#refuse("a header line is not a token followed by a colon");
      return;
    }
    let valueStart = colon + 1;
    let valueEnd = end;
    while (valueStart < valueEnd && isWhiteSpace(octet(bytes, valueStart))) valueStart++;
    while (valueEnd > valueStart && isWhiteSpace(octet(bytes, valueEnd - 1))) valueEnd--;
    if (!isText(bytes, valueStart, valueEnd)) {
      this.#refuse("a header value holds a control character");
      return;
    }
    this.#offsets.push(start - origin, colon - origin, valueStart - origin, valueEnd - origin);
  }

  #refuse(reason: string): void {
    this.fault = new UpstreamError("malformed", reason);
  }
}

function octet(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0;
}

function isWhiteSpace(value: number): boolean {
  return value === SP || value === HTAB;
}

function isText(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (isTextOctet[octet(bytes, at)] === 0) return false;
  return true;
}
