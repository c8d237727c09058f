import { type DerElement, DerError, readerOf, TAG } from "../der/index.ts";
import { OID } from "./oid.ts";

/** A distinguished name. Names are compared by `encoded`, never by their text. */
export interface DistinguishedName {
  /** The exact DER. */
  readonly encoded: Uint8Array;
  /** The one common name; undefined if there is none, or several. */
  readonly commonName: string | undefined;
  /** The one organisation; undefined if there is none, or several. */
  readonly organization: string | undefined;
}

/** Types of string that are read: ASCII is all the names this package looks for need. */
const TEXT_TAGS: ReadonlySet<number> = new Set([TAG.utf8String, TAG.printableString, TAG.ia5String]);

/** A byte order mark is part of a name: dropped, two names would have one text. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** @throws DerError */
export function parseDistinguishedName(element: DerElement): DistinguishedName {
  const values = new Map<string, string[]>();
  const name = readerOf(element);
  while (!name.done) {
    const attributes = name.set("relative distinguished name");
    do {
      const attribute = attributes.sequence("name attribute");
      const type = attribute.oid("name attribute type");
      const value = attribute.element("name attribute value");
      attribute.end("name attribute");
      const known = values.get(type) ?? [];
      known.push(TEXT_TAGS.has(value.tag) ? UTF8.decode(value.content) : "");
      values.set(type, known);
    } while (!attributes.done);
  }
  const single = (type: string): string | undefined => {
    const found = values.get(type);
    return found?.length === 1 ? found[0] : undefined;
  };
  if (element.tag !== TAG.sequence) throw new DerError("name: not a sequence", element.offset);
  return {
    encoded: element.encoded,
    commonName: single(OID.commonName),
    organization: single(OID.organizationName),
  };
}
