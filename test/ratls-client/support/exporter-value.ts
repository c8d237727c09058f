import { createHash, createHmac } from "node:crypto";

/**
 * A TLS 1.3 exporter value from the exporter master secret, by RFC 8446, 7.1 and 7.5: an implementation of the tests'
 * own, so that what OpenSSL says can be held against it.
 */
export function exporterValue(
  hash: "sha256" | "sha384",
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const digest = (bytes: Uint8Array): Uint8Array => createHash(hash).update(bytes).digest();
  const derived = expandLabel(hash, secret, label, digest(new Uint8Array()), digest(new Uint8Array()).length);
  return expandLabel(hash, derived, "exporter", digest(context), length);
}

function expandLabel(hash: string, secret: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array {
  const name = Buffer.from(`tls13 ${label}`, "latin1");
  const info = Buffer.concat([
    Uint8Array.of(length >> 8, length & 0xff, name.length),
    name,
    Uint8Array.of(context.length),
    context,
  ]);
  let block: Buffer = Buffer.alloc(0);
  const output: Buffer[] = [];
  for (let counter = 1, done = 0; done < length; counter++, done += block.length) {
    block = createHmac(hash, secret).update(block).update(info).update(Uint8Array.of(counter)).digest();
    output.push(block);
  }
  return new Uint8Array(Buffer.concat(output).subarray(0, length));
}
