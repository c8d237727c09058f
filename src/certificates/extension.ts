import { OID } from "@countersign/client/x509";
import { der } from "../der/index.ts";

/** One extension of a certificate or a CRL. */
export interface CertificateExtension {
  /** Dotted decimal. */
  readonly oid: string;
  readonly critical: boolean;
  /** Content of extnValue: the raw value, for standard extensions their DER. */
  readonly value: Uint8Array;
}

/** `SEQUENCE OF Extension`; DER leaves out a `critical` that is false (X.690, 11.5). */
export function extensionList(extensions: readonly CertificateExtension[]): Uint8Array {
  return der.sequence(
    ...extensions.map(({ oid, critical, value }) =>
      der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value)),
    ),
  );
}

/**
 * Basic constraints, critical (RFC 5280, 4.2.1.9).
 *
 * @param pathLength of a CA: most intermediate certificates below it. Undefined: no limit
 */
export function basicConstraints(constraints: { ca: boolean; pathLength?: number }): CertificateExtension {
  const { ca, pathLength } = constraints;
  // FALSE is the default, and DER leaves defaults out: a leaf's value is an empty SEQUENCE.
  const fields = ca ? [der.boolean(true)] : [];
  if (pathLength !== undefined) fields.push(der.integer(pathLength));
  return { oid: OID.basicConstraints, critical: true, value: der.sequence(...fields) };
}

/** Bit numbers of KeyUsage (RFC 5280, 4.2.1.3). */
const KEY_USAGE_BIT = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const;

export type KeyUsageName = keyof typeof KEY_USAGE_BIT;

/** Key usage, critical. At least one usage. */
export function keyUsage(...usages: readonly [KeyUsageName, ...KeyUsageName[]]): CertificateExtension {
  const bits = usages.map((usage) => KEY_USAGE_BIT[usage]);
  const byte = bits.reduce<number>((sum, bit) => sum | (0x80 >> bit), 0);
  // A named bit list ends with its last set bit (X.690, 11.2.2).
  const value = der.bitString(Uint8Array.of(byte), 7 - Math.max(...bits));
  return { oid: OID.keyUsage, critical: true, value };
}

/** @param purposes object identifiers, at least one */
export function extendedKeyUsage(...purposes: readonly [string, ...string[]]): CertificateExtension {
  return { oid: OID.extendedKeyUsage, critical: false, value: der.sequence(...purposes.map(der.oid)) };
}

/** id-kp-serverAuth and id-kp-clientAuth (RFC 5280, 4.2.1.12). */
export const KEY_PURPOSE = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" } as const;

/** @param identifier of the certificate's own key; see keyIdentifier */
export function subjectKeyIdentifier(identifier: Uint8Array): CertificateExtension {
  return { oid: OID.subjectKeyIdentifier, critical: false, value: der.octetString(identifier) };
}

/** @param identifier of the issuer's key; see keyIdentifier */
export function authorityKeyIdentifier(identifier: Uint8Array): CertificateExtension {
  const value = der.sequence(der.contextPrimitive(0, identifier));
  return { oid: OID.authorityKeyIdentifier, critical: false, value };
}

/** One distribution point with one URL (RFC 5280, 4.2.1.13). */
export function crlDistributionPoint(url: string): CertificateExtension {
  const fullName = der.context(0, der.contextPrimitive(6, Buffer.from(url, "latin1")));
  return {
    oid: OID.crlDistributionPoints,
    critical: false,
    value: der.sequence(der.sequence(der.context(0, fullName))),
  };
}

/** Number of a CRL, RFC 5280, 5.2.3. */
export function crlNumber(number: number): CertificateExtension {
  return { oid: OID.crlNumber, critical: false, value: der.integer(number) };
}
