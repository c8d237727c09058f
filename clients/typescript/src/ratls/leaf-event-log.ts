import { CheckFailure } from "../verdict/index.ts";

/** Before a compressed log. */
const GZIP_MARK = new TextEncoder().encode("ELGZv1");
/** Largest log, unpacked. Bytes; those in certificates have some 16 KiB. */
const MAX_LOG_BYTES = 256 * 1024;

/**
 * The event log of a dstack leaf: JSON text, plain or as gzip (RFC 1952) after a mark.
 *
 * @param bytes attacker-controlled, bounded by the certificate around it; unpacking stops at 256 KiB
 * @throws CheckFailure
 */
export async function readLeafEventLog(bytes: Uint8Array): Promise<string> {
  const isPacked = GZIP_MARK.every((byte, index) => bytes[index] === byte);
  const plain = isPacked ? await unpack(bytes.subarray(GZIP_MARK.length)) : bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
  } catch {
    throw CheckFailure.malformed("the leaf's event log is not text");
  }
}

async function unpack(packed: Uint8Array): Promise<Uint8Array> {
  const unpacked = new Blob([new Uint8Array(packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of unpacked) {
      length += part.length;
      // Leaving the loop cancels the stream, so a bomb is unpacked no further.
      if (length > MAX_LOG_BYTES) {
        throw CheckFailure.malformed(`the leaf's event log unpacks to more than ${MAX_LOG_BYTES} bytes`);
      }
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof CheckFailure) throw error;
    throw CheckFailure.malformed("the leaf's event log is not gzip");
  }
  return new Uint8Array(await new Blob(parts.map((part) => new Uint8Array(part))).arrayBuffer());
}
