import { DOMParser, type Document, type Element } from "@xmldom/xmldom";
import { CheckFailure } from "../../verdict/index.ts";

/** Largest document that is read. Bytes; genuine ones have about 20 KiB. */
const MAX_DOCUMENT_BYTES = 128 * 1024;
const MAX_ELEMENTS = 1024;
const TAG_LIMIT = 2 * MAX_ELEMENTS;
const MAX_ATTRIBUTES = 64;
const MAX_DEPTH = 16;
const TOO_MANY = "the reference document has more elements or attributes than one can have";
const DECLARATION = /^<\?xml [^<>?]*\?>/;

/**
 * The text of a reference document. What has no place in one is refused before anything parses it: document types and
 * with them entities, processing instructions, comments and CDATA.
 *
 * @param bytes attacker-controlled
 * @throws CheckFailure, malformed
 */
export function documentText(bytes: Uint8Array): string {
  if (bytes.length > MAX_DOCUMENT_BYTES) throw CheckFailure.malformed("the reference document is too large");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw CheckFailure.malformed("the reference document is not UTF-8");
  }
  const body = text.replace(DECLARATION, "");
  if (/<[!?]/.test(body)) {
    throw CheckFailure.malformed("the reference document has a document type, an instruction, a comment or CDATA");
  }
  // Before a tree is made of them: an element has two tags at most.
  if (text.split("<", TAG_LIMIT + 1).length > TAG_LIMIT) throw CheckFailure.malformed(TOO_MANY);
  return text;
}

/**
 * Parses XML strictly and bounds what comes of it, so that nothing behind this meets deep or wide trees.
 *
 * @returns the root element
 * @throws CheckFailure, malformed
 */
export function parseXml(text: string): Element {
  const root = strictParse(text)?.documentElement;
  if (root === null || root === undefined)
    throw CheckFailure.malformed("the reference document is not well-formed XML");
  let count = 0;
  const pending: { readonly element: Element; readonly depth: number }[] = [{ element: root, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { element, depth } = next;
    count += 1;
    if (count > MAX_ELEMENTS || depth > MAX_DEPTH || element.attributes.length > MAX_ATTRIBUTES) {
      throw CheckFailure.malformed(TOO_MANY);
    }
    pending.push(...childElements(element).map((child) => ({ element: child, depth: depth + 1 })));
  }
  return root;
}

function strictParse(text: string): Document | undefined {
  // The parser calls this for what it would otherwise print and repair.
  const onError = (): never => {
    throw new Error("not well-formed");
  };
  try {
    return new DOMParser({ locator: false, onError }).parseFromString(text, "text/xml");
  } catch {
    return undefined;
  }
}

/** The child elements, in document order. */
export function childElements(parent: Element): Element[] {
  const children: Element[] = [];
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE) children.push(node as Element);
  }
  return children;
}

/** Whether an element has this name, by namespace and local name. */
export function isNamed(element: Element | undefined, namespace: string, name: string): element is Element {
  return element?.namespaceURI === namespace && element.localName === name;
}

/** Value of an attribute; undefined if there is none. */
export function attribute(element: Element, name: string, namespace: string | null = null): string | undefined {
  return element.getAttributeNodeNS(namespace, name)?.value;
}
