import { hexToBytes } from "@noble/hashes/utils.js";
import type { Element } from "@xmldom/xmldom";
import { CheckFailure } from "../../verdict/index.ts";
import { attribute, childElements, isNamed } from "./xml-document.ts";

const SWID = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
const SHA384 = "http://www.w3.org/2001/04/xmlenc#sha384";
const DIGEST_BYTES = 48;
const MAX_ALTERNATIVES = 32;

/** What a software identification tag (ISO/IEC 19770-2, in TCG's profile for reference manifests) says. */
export interface SwidTag {
  /** `colloquialVersion`, as it stands. */
  readonly version: string;
  /** Accepted values of active measurements by index, counted from 0. At least one. */
  readonly values: ReadonlyMap<number, readonly Uint8Array[]>;
}

/**
 * Reads version and measurements out of a tag.
 *
 * @param root of what was signed, and of nothing else
 * @throws CheckFailure, malformed
 */
export function readSwidTag(root: Element): SwidTag {
  if (!isNamed(root, SWID, "SoftwareIdentity")) throw CheckFailure.malformed("the document is not a SWID tag");
  const version = attribute(only(root, "Meta"), "colloquialVersion");
  if (version === undefined || !/^[0-9A-Za-z._-]{1,64}$/.test(version)) {
    throw CheckFailure.malformed("the reference document states no version");
  }
  const indexes = new Set<number>();
  const values = new Map<number, readonly Uint8Array[]>();
  for (const resource of childElements(only(root, "Payload"))) {
    const { index, active, alternatives } = readResource(resource);
    if (indexes.has(index)) throw CheckFailure.malformed(`the reference document has index ${index} twice`);
    indexes.add(index);
    if (active) values.set(index, alternatives);
  }
  // Nothing to compare must not read as nothing that differs.
  if (values.size === 0) throw CheckFailure.malformed("the reference document has no active measurement");
  return { version, values };
}

function only(root: Element, name: string): Element {
  const [element, second] = childElements(root).filter((child) => isNamed(child, SWID, name));
  if (element === undefined || second !== undefined) {
    throw CheckFailure.malformed(`the reference document does not have exactly one ${name}`);
  }
  return element;
}

interface Measurement {
  readonly index: number;
  readonly active: boolean;
  readonly alternatives: readonly Uint8Array[];
}

function readResource(resource: Element): Measurement {
  const type = attribute(resource, "type");
  if (!isNamed(resource, SWID, "Resource") || type !== "Measurement" || childElements(resource).length > 0) {
    throw CheckFailure.malformed("the reference document's payload has something that is no measurement");
  }
  const index = numberOf(resource, "index", 255);
  const active = attribute(resource, "active");
  if (active !== "True" && active !== "False") {
    throw CheckFailure.malformed(`measurement ${index}: neither active nor inactive`);
  }
  if (numberOf(resource, "size", DIGEST_BYTES) !== DIGEST_BYTES) {
    throw CheckFailure.malformed(`measurement ${index}: not of ${DIGEST_BYTES} bytes`);
  }
  const count = numberOf(resource, "alternatives", MAX_ALTERNATIVES);
  const stated = Array.from(resource.attributes).filter(({ namespaceURI }) => namespaceURI === SHA384).length;
  if (count === 0 || stated !== count) {
    throw CheckFailure.malformed(`measurement ${index}: not as many values as it states`);
  }
  const alternatives = Array.from({ length: count }, (_, position) => {
    const digits = attribute(resource, `Hash${position}`, SHA384);
    if (digits === undefined || !/^[0-9A-Fa-f]{96}$/.test(digits)) {
      throw CheckFailure.malformed(`measurement ${index}: a value that is no SHA-384 digest`);
    }
    return hexToBytes(digits);
  });
  return { index, active: active === "True", alternatives };
}

function numberOf(resource: Element, name: string, most: number): number {
  const text = attribute(resource, name);
  const number = text !== undefined && /^(?:0|[1-9]\d{0,3})$/.test(text) ? Number(text) : undefined;
  if (number === undefined || number > most) {
    throw CheckFailure.malformed(`a measurement's ${name} is not a number up to ${most}`);
  }
  return number;
}
