import { isIP } from "node:net";
import { OID } from "@countersign/client/x509";
import { der } from "../der/index.ts";
import type { CertificateExtension } from "./extension.ts";

/** A name a certificate is for, beside its subject: exactly one of the two. */
export type AlternativeName = { readonly dns: string } | { readonly ip: string };

/** RFC 1034, 3.5, and the underscore that service names use. */
const DNS_LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const MAX_DNS_NAME = 253;

/**
 * Subject alternative names (RFC 5280, 4.2.1.6).
 *
 * @param critical set it if the subject is empty (same section). Default false
 * @throws RangeError for a name that is no DNS name (international names in their `xn--` form) or no IP address
 */
export function subjectAlternativeName(
  names: readonly [AlternativeName, ...AlternativeName[]],
  critical = false,
): CertificateExtension {
  const value = der.sequence(
    ...names.map((name) =>
      "dns" in name ? der.contextPrimitive(2, dnsName(name.dns)) : der.contextPrimitive(7, addressOctets(name.ip)),
    ),
  );
  return { oid: OID.subjectAltName, critical, value };
}

function dnsName(name: string): Uint8Array {
  // RFC 6125, 6.4.3: a wildcard is the whole of the first label.
  const labels = name.replace(/^\*\./, "").split(".");
  if (name.length > MAX_DNS_NAME || !labels.every((label) => DNS_LABEL.test(label))) {
    throw new RangeError("alternative name: not a DNS name");
  }
  return Buffer.from(name, "latin1");
}

function addressOctets(address: string): Uint8Array {
  const family = address.includes("%") ? 0 : isIP(address);
  if (family === 4) return Uint8Array.from(address.split("."), Number);
  if (family === 0) throw new RangeError("alternative name: not an IP address");
  // The URL parser writes every IPv6 address in one form: hexadecimal groups, at most one `::`.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return Uint8Array.from(
    [...before, ...zeros, ...after].flatMap((group) => {
      const number = Number.parseInt(group, 16);
      return [number >> 8, number & 0xff];
    }),
  );
}
