import { type Answer, MAX_ANSWER_BYTES, unavailable } from "./attest-call.ts";

/** Largest status line with headers. Bytes. */
const MAX_HEAD_BYTES = 16 * 1024;
/** Most bytes one answer may take on the wire, chunk headers included. */
export const MAX_WIRE_BYTES = MAX_HEAD_BYTES + 2 * MAX_ANSWER_BYTES;
const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d)(?: [\x20-\x7e]*)?$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*?)[ \t]*$/;
const CHUNK_SIZE = /^[0-9A-Fa-f]{1,6}$/;

/**
 * Reads the one response on a connection that goes on to carry others, so strictly that no two readers could differ
 * about where it ends (RFC 9112, 6): HTTP/1.1, a length or chunks and never both, no chunk extensions, no trailers, no
 * interim responses.
 *
 * @param bytes everything received so far; attacker-controlled, at most {@link MAX_WIRE_BYTES}
 * @returns undefined if there is more to come
 * @throws CountersignError `attestation.unavailable`, also if bytes follow the response: nobody asked for them
 */
export function parseHttp1Response(bytes: Buffer): Answer | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd > MAX_HEAD_BYTES || (headEnd === -1 && bytes.length > MAX_HEAD_BYTES)) {
    throw unreadable("its headers are too large");
  }
  if (headEnd === -1) return undefined;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number(STATUS_LINE.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) throw unreadable("it has no HTTP/1.1 status line");
  const headers = readHeaders(lines);
  const answer = {
    status,
    contentType: headers.get("content-type"),
    contentEncoding: headers.get("content-encoding"),
  };
  // The body of a refusal is of no use, and the connection ends with it.
  if (status !== 200) return { ...answer, body: new Uint8Array() };
  if (headers.get("connection")?.toLowerCase() === "close") {
    throw unavailable("the gateway closes the connection after its evidence, which would then prove nothing");
  }
  const body = readBody(bytes.subarray(headEnd + 4), headers);
  return body === undefined ? undefined : { ...answer, body };
}

function readHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) throw unreadable("a header is malformed");
    const key = name.toLowerCase();
    const isFraming = key === "content-length" || key === "transfer-encoding" || key === "connection";
    if (isFraming && headers.has(key)) throw unreadable(`it has ${key} twice`);
    headers.set(key, value);
  }
  return headers;
}

function readBody(bytes: Buffer, headers: ReadonlyMap<string, string>): Uint8Array | undefined {
  const length = headers.get("content-length");
  const coding = headers.get("transfer-encoding");
  if (coding !== undefined) {
    if (length !== undefined || coding.toLowerCase() !== "chunked") throw unreadable("its framing is ambiguous");
    return readChunks(bytes);
  }
  if (length === undefined || !/^\d{1,8}$/.test(length)) throw unreadable("it has no length");
  const size = Number(length);
  if (size > MAX_ANSWER_BYTES) throw unreadable("it is too large");
  if (bytes.length > size) throw unreadable("bytes follow it");
  return bytes.length < size ? undefined : new Uint8Array(bytes);
}

function readChunks(bytes: Buffer): Uint8Array | undefined {
  const parts: Buffer[] = [];
  let total = 0;
  let position = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", position);
    if (lineEnd === -1) {
      if (bytes.length - position > 8) throw unreadable("a chunk has no size");
      return undefined;
    }
    const line = bytes.toString("latin1", position, lineEnd);
    if (!CHUNK_SIZE.test(line)) throw unreadable("a chunk has no plain size");
    const size = Number.parseInt(line, 16);
    const start = lineEnd + 2;
    const end = start + size;
    total += size;
    if (total > MAX_ANSWER_BYTES) throw unreadable("it is too large");
    if (bytes.length < end + 2) return undefined;
    if (bytes[end] !== 0x0d || bytes[end + 1] !== 0x0a) throw unreadable("a chunk does not end where it says");
    position = end + 2;
    if (size > 0) {
      parts.push(bytes.subarray(start, end));
      continue;
    }
    if (position !== bytes.length) throw unreadable("bytes follow it");
    return new Uint8Array(Buffer.concat(parts));
  }
}

function unreadable(what: string) {
  return unavailable(`the gateway's answer to AttestConnection cannot be read: ${what}`);
}
