import { gunzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";

/** Flag and big-endian length before each message (gRPC "Length-Prefixed-Message", Connect "Enveloped-Message"). */
export const ENVELOPE_HEADER_BYTES = 5;

const COMPRESSED = 0x01;

/** Writes the header of an uncompressed message (or of one with other `flags`) at `offset`. */
export function writeEnvelopeHeader(target: Buffer, offset: number, length: number, flags = 0): void {
  target[offset] = flags;
  target.writeUInt32BE(length, offset + 1);
}

/** A whole message with its header. */
export function envelope(message: Uint8Array, flags = 0): Buffer {
  const framed = Buffer.allocUnsafe(ENVELOPE_HEADER_BYTES + message.length);
  writeEnvelopeHeader(framed, 0, message.length, flags);
  framed.set(message, ENVELOPE_HEADER_BYTES);
  return framed;
}

/**
 * The one message of a server-streaming request. `body` is attacker-controlled: exactly one envelope, no trailing
 * bytes, and at most `maxBytes` before and after decompression. `encoding` is what the request's header names.
 */
export function readOnlyMessage(body: Buffer, encoding: string | undefined, maxBytes: number): Buffer {
  if (body.length < ENVELOPE_HEADER_BYTES) {
    throw new ConnectError("the request holds no complete message", Code.InvalidArgument);
  }
  const flags = body[0] as number;
  const length = body.readUInt32BE(1);
  if (length > maxBytes) throw tooLarge(maxBytes);
  if (body.length !== ENVELOPE_HEADER_BYTES + length) {
    throw new ConnectError("the request must hold exactly one message", Code.InvalidArgument);
  }
  const message = body.subarray(ENVELOPE_HEADER_BYTES);
  if (flags === 0) return message;
  if (flags !== COMPRESSED) throw new ConnectError("the message has unknown flags", Code.InvalidArgument);
  if (encoding !== "gzip") throw unsupportedEncoding();
  return gunzipBounded(message, maxBytes);
}

/** Decompresses attacker-controlled bytes to at most `maxBytes`. Throws `resource_exhausted` or `invalid_argument`. */
export function gunzipBounded(compressed: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(compressed, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes);
    throw new ConnectError("the message is not valid gzip", Code.InvalidArgument, undefined, undefined, cause);
  }
}

/** An encoding the gateway does not know. */
export function unsupportedEncoding(): ConnectError {
  return new ConnectError("unknown compression: send gzip or none", Code.Unimplemented);
}

function tooLarge(maxBytes: number): ConnectError {
  return new ConnectError(`message is larger than ${maxBytes} bytes`, Code.ResourceExhausted);
}
