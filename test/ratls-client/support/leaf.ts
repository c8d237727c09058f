import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { der } from "../../../src/der/index.ts";

/** A P-256 key pair with its SPKI. */
export interface LeafKey {
  readonly privateKey: KeyObject;
  readonly spki: Uint8Array;
}

export function createLeafKey(): LeafKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKey, spki: new Uint8Array(publicKey.export({ type: "spki", format: "der" })) };
}

/** What a test's certificate says. Times are Unix seconds. */
export interface LeafFields {
  readonly key: LeafKey;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly subject?: string;
  readonly issuer?: { readonly key: LeafKey; readonly name: string };
  /** Extensions of its own, each complete; they come after the usual ones. */
  readonly extensions?: readonly Uint8Array[];
  /** DNS names and IPv4 addresses. Default `localhost` and 127.0.0.1. */
  readonly names?: readonly string[];
  readonly basicConstraints?: "ca" | "end entity" | "absent";
  /** OIDs of the extended key usage. Default server authentication; empty: no such extension. */
  readonly usages?: readonly string[];
}

export const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
export const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

export function extension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  return der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}

/** DER of a certificate; self-signed unless it has an issuer. */
export function createLeaf(fields: LeafFields): Uint8Array {
  const { key, names = ["localhost", "127.0.0.1"], basicConstraints = "end entity", usages = [SERVER_AUTH] } = fields;
  const { subject = "leaf", issuer = { key, name: subject } } = fields;
  const isCa = basicConstraints === "ca";
  const extensions = [
    ...(basicConstraints === "absent"
      ? []
      : [extension("2.5.29.19", der.sequence(...(isCa ? [der.boolean(true)] : [])), true)]),
    // keyCertSign for CAs, digitalSignature for leaves.
    extension("2.5.29.15", isCa ? der.bitString(Uint8Array.of(0x04), 2) : der.bitString(Uint8Array.of(0x80), 7), true),
    ...(usages.length === 0 ? [] : [extension("2.5.29.37", der.sequence(...usages.map(der.oid)))]),
    ...(names.length === 0 ? [] : [extension("2.5.29.17", der.sequence(...names.map(generalName)))]),
    ...(fields.extensions ?? []),
  ];
  const algorithm = der.sequence(der.oid("1.2.840.10045.4.3.2"));
  const signed = der.sequence(
    der.context(0, der.integer(2)),
    der.integer(BigInt(1 + Math.trunc(fields.notBefore))),
    algorithm,
    distinguishedName(issuer.name),
    der.sequence(der.time(fields.notBefore), der.time(fields.notAfter)),
    distinguishedName(subject),
    key.spki,
    der.context(3, der.sequence(...extensions)),
  );
  return der.sequence(signed, algorithm, der.bitString(sign("sha256", signed, issuer.key.privateKey)));
}

function distinguishedName(commonName: string): Uint8Array {
  return der.sequence(der.setOfOne(der.sequence(der.oid("2.5.4.3"), der.utf8String(commonName))));
}

function generalName(name: string): Uint8Array {
  const isAddress = /^\d+(\.\d+){3}$/.test(name);
  return isAddress
    ? der.contextPrimitive(7, Uint8Array.from(name.split("."), Number))
    : der.contextPrimitive(2, new TextEncoder().encode(name));
}
