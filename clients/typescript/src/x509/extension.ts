import { type DerElement, DerError, DerReader, readerOf, readSingle, TAG } from "../der/index.ts";

/** One extension of a certificate or CRL. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Content of extnValue. */
  readonly value: Uint8Array;
}

/** Most extensions of one certificate; genuine ones have about ten. */
const MAX_EXTENSIONS = 64;

/**
 * The extensions of a certificate or CRL by object identifier.
 *
 * @param element the SEQUENCE OF Extension
 * @throws DerError also if one identifier occurs twice (RFC 5280, 4.2)
 */
export function parseExtensions(element: DerElement): ReadonlyMap<string, Extension> {
  const list = readerOf(element);
  const found = new Map<string, Extension>();
  if (list.done) throw new DerError("extensions: empty list", element.offset);
  while (!list.done) {
    const { offset } = list;
    const reader = list.sequence("extension");
    const oid = reader.oid("extension type");
    let critical = false;
    if (reader.nextTag === TAG.boolean) {
      critical = reader.boolean("critical");
      // DER leaves out a value that is the default (X.690, 11.5).
      if (!critical) throw new DerError("critical: default value is encoded", offset);
    }
    const value = reader.octetString("extension value");
    reader.end("extension");
    if (found.has(oid)) throw new DerError(`extension ${oid}: there twice`, offset);
    if (found.size === MAX_EXTENSIONS) throw new DerError("extensions: too many", offset);
    found.set(oid, { oid, critical, value });
  }
  return found;
}

/** Basic constraints (RFC 5280, 4.2.1.9). */
export interface BasicConstraints {
  readonly ca: boolean;
  /** Most intermediate certificates below; undefined: no limit. */
  readonly pathLength: number | undefined;
}

/** @throws DerError */
export function parseBasicConstraints(value: Uint8Array): BasicConstraints {
  const reader = readSingle(value, TAG.sequence, "basic constraints");
  const ca = reader.nextTag === TAG.boolean ? reader.boolean("cA") : false;
  const pathLength = reader.nextTag === TAG.integer ? reader.smallInteger("pathLenConstraint") : undefined;
  reader.end("basic constraints");
  return { ca, pathLength };
}

/** The bits of a key usage extension this package reads (RFC 5280, 4.2.1.3). */
export interface KeyUsage {
  readonly digitalSignature: boolean;
  readonly keyCertSign: boolean;
  readonly crlSign: boolean;
}

/** @throws DerError */
export function parseKeyUsage(value: Uint8Array): KeyUsage {
  const reader = new DerReader(value);
  const { content, offset } = reader.expect(TAG.bitString, "key usage");
  reader.end("key usage");
  const [unused = 8, first = 0] = content;
  if (content.length < 2 || content.length > 3 || unused > 7) throw new DerError("key usage: not a bit string", offset);
  return {
    digitalSignature: (first & 0x80) !== 0,
    keyCertSign: (first & 0x04) !== 0,
    crlSign: (first & 0x02) !== 0,
  };
}
