import { createHash } from "node:crypto";

/** The namespace of names that are URLs, RFC 9562 section 6.6. */
const URL_NAMESPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

/** The UUID of version 5 that belongs to a name, RFC 9562 section 5.5. 16 bytes. */
export function nameUuid(name: string): Uint8Array {
  const bytes = new Uint8Array(createHash("sha1").update(URL_NAMESPACE).update(name).digest()).slice(0, 16);
  const view = new DataView(bytes.buffer);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x50);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return bytes;
}

/** Its text form. */
export function uuidText(uuid: Uint8Array): string {
  return Buffer.from(uuid)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
