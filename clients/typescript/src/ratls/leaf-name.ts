import { contextTag, readSingle, TAG } from "../der/index.ts";

/** The names of a subjectAltName extension (RFC 5280, 4.2.1.6) that a server can be dialled by. */
export interface LeafNames {
  /** As they stand, not lower-cased. */
  readonly dns: readonly string[];
  /** 4 or 16 bytes each. */
  readonly addresses: readonly Uint8Array[];
}

const DNS_NAME = contextTag(2, "primitive");
const IP_ADDRESS = contextTag(7, "primitive");

/**
 * Reads a subjectAltName extension; names of other kinds are skipped.
 *
 * @throws DerError
 */
export function parseLeafNames(value: Uint8Array): LeafNames {
  const list = readSingle(value, TAG.sequence, "subject alternative names");
  const dns: string[] = [];
  const addresses: Uint8Array[] = [];
  while (!list.done) {
    const { tag, content } = list.element("subject alternative name");
    // Bytes outside ASCII decode to a replacement, which equals no name anybody dials.
    if (tag === DNS_NAME) dns.push(new TextDecoder().decode(content));
    if (tag === IP_ADDRESS) addresses.push(content);
  }
  return { dns, addresses };
}

/**
 * Whether a leaf is for this name (RFC 9525, 6): letters of either case are equal, and a wildcard stands for exactly
 * one whole label at the left. The subject's common name never counts.
 *
 * @param name DNS name, or IP address in its usual text form
 */
export function isNamed({ dns, addresses }: LeafNames, name: string): boolean {
  const address = addressBytes(name);
  if (address !== undefined) {
    return addresses.some(
      (bytes) => bytes.length === address.length && bytes.every((byte, at) => byte === address[at]),
    );
  }
  const wanted = name.toLowerCase().replace(/\.$/, "");
  const parent = wanted.slice(wanted.indexOf(".") + 1);
  return dns.some((candidate) => {
    const own = candidate.toLowerCase();
    return own === wanted || (own === `*.${parent}` && parent !== wanted && parent.includes("."));
  });
}

/** Bytes of an IP address; undefined if the text is none. URLs know every form, and write IPv6 in one way. */
function addressBytes(text: string): Uint8Array | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return Uint8Array.from(text.split("."), Number);
  if (!text.includes(":")) return undefined;
  const canonical = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1);
  if (canonical === undefined) return undefined;
  const [head = "", tail] = canonical.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return Uint8Array.from(
    [...left, ...zeros, ...right].flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    }),
  );
}
