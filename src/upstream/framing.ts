import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamHeaders } from "./upstream-headers.ts";

/** How the end of a response body is found, and whether the connection may carry another request. */
export interface Framing {
  readonly body: "none" | "length" | "chunked" | "close";
  /** Body length in bytes; 0 unless `body` is "length". */
  readonly length: number;
  readonly persistent: boolean;
}

/** What framing depends on. */
export interface FramedHead {
  readonly status: number;
  readonly minorVersion: number;
  readonly headers: UpstreamHeaders;
  /** Method of the request that is answered. */
  readonly method: string;
}

/** RFC 9110 section 8.6: 1*DIGIT. More than 16 digits are over every safe integer or padded, and refused. */
const decimal = /^[0-9]{1,16}$/;

/**
 * Finds the framing of a response: RFC 9112 section 6.3. Where the RFC lets a recipient repair a message, this refuses it:
 * two parsers that repair differently are how responses get smuggled.
 */
export function responseFraming(head: FramedHead): Framing | UpstreamError {
  const { headers, status } = head;
  const codings = headers.getAll("transfer-encoding");
  const lengths = headers.getAll("content-length");
  if (codings.length > 0 && lengths.length > 0)
    return malformed("both Transfer-Encoding and Content-Length are present");
  if (codings.length > 0) {
    if (head.minorVersion === 0) return malformed("an HTTP/1.0 response has Transfer-Encoding (RFC 9112 section 6.1)");
    if (codings.length > 1 || codings[0]?.toLowerCase() !== "chunked") {
      return malformed("the transfer coding is not exactly chunked");
    }
  }
  let length = 0;
  if (lengths.length > 0) {
    const text = lengths[0] ?? "";
    if (lengths.length > 1 || !decimal.test(text)) return malformed("Content-Length is not one decimal number");
    length = Number(text);
    if (!Number.isSafeInteger(length)) return malformed("Content-Length is over 2^53 - 1");
  }
  const announced = codings.length > 0 || length > 0;
  if (status < 200) {
    // RFC 9110 section 8.6 and RFC 9112 section 6.1 forbid both fields here; a sender that uses them has another framing in mind.
    if (codings.length > 0 || lengths.length > 0) return malformed("an interim response has a body framing field");
    return { body: "none", length: 0, persistent: true };
  }
  const persistent = head.minorVersion === 1 && !closes(headers);
  if (status === 204 || status === 304 || head.method === "HEAD") {
    // Legal for HEAD and 304, but if the engine does send the body it announced, that body would answer the next
    // request: such a connection is not used again.
    return { body: "none", length: 0, persistent: persistent && !announced };
  }
  if (codings.length > 0) return { body: "chunked", length: 0, persistent };
  if (lengths.length > 0) return { body: length === 0 ? "none" : "length", length, persistent };
  return { body: "close", length: 0, persistent: false };
}

function closes(headers: UpstreamHeaders): boolean {
  const options = headers.get("connection");
  if (options === undefined) return false;
  return options.split(",").some((option) => option.trim().toLowerCase() === "close");
}

function malformed(reason: string): UpstreamError {
  return new UpstreamError("malformed", reason);
}
