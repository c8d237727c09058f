import { contextTag, DerError, DerReader, readerOf, TAG } from "../der/index.ts";
import { type DistinguishedName, parseDistinguishedName } from "./distinguished-name.ts";
import {
  type BasicConstraints,
  type Extension,
  type KeyUsage,
  parseBasicConstraints,
  parseExtensions,
  parseKeyUsage,
} from "./extension.ts";
import { OID } from "./oid.ts";
import { parseSubjectPublicKey, type SubjectPublicKey } from "./public-key.ts";
import { parseSignatureAlgorithm, type SignedObject } from "./signed-object.ts";

/** An X.509 v3 certificate (RFC 5280), parsed strictly. Parsing says nothing about trust. */
export interface Certificate extends SignedObject {
  /** The exact bytes of the certificate. */
  readonly encoded: Uint8Array;
  /** Content of the serial number's INTEGER: positive, big-endian, minimal. */
  readonly serial: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  /** First moment of validity. Unix seconds. */
  readonly notBefore: number;
  /** Last moment of validity. Unix seconds. */
  readonly notAfter: number;
  readonly publicKey: SubjectPublicKey;
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly basicConstraints: BasicConstraints | undefined;
  readonly keyUsage: KeyUsage | undefined;
}

/** Largest certificate that is read. Bytes: RA-TLS leaves carry quotes of up to 16 KiB and device evidence of 64. */
const MAX_CERTIFICATE_BYTES = 128 * 1024;
/** RFC 5280, 4.1.2.2: 20 octets. Intel's have a magnitude of 20, and a zero in front that makes it positive. */
const MAX_SERIAL_BYTES = 21;

/**
 * Reads one certificate.
 *
 * @param der attacker-controlled; exactly one certificate
 * @throws DerError naming the field at fault and its offset
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES) throw new DerError("certificate: too large", 0);
  const outer = new DerReader(der);
  const certificate = outer.sequence("certificate");
  outer.end("certificate");
  const signed = certificate.expect(TAG.sequence, "signed part");
  const hash = parseSignatureAlgorithm(certificate.expect(TAG.sequence, "signature algorithm"));
  const signature = certificate.bitString("signature");
  certificate.end("certificate");

  const body = readerOf(signed);
  const version = body.constructed(contextTag(0, "constructed"), "version");
  if (version.smallInteger("version") !== 2) throw new DerError("version: not X.509 v3", signed.offset);
  version.end("version");
  const serialOffset = body.offset;
  const serial = body.integerBytes("serial number");
  if (serial.length > MAX_SERIAL_BYTES || (serial[0] ?? 0) >= 0x80) {
    throw new DerError("serial number: negative or too long", serialOffset);
  }
  const innerOffset = body.offset;
  const innerHash = parseSignatureAlgorithm(body.expect(TAG.sequence, "inner signature algorithm"));
  // RFC 5280, 4.1.1.2: both places must name the same algorithm.
  if (innerHash !== hash) throw new DerError("signature algorithm: differs from the signed one", innerOffset);
  const issuer = parseDistinguishedName(body.expect(TAG.sequence, "issuer"));
  const validity = body.sequence("validity");
  const notBefore = validity.time("notBefore");
  const notAfter = validity.time("notAfter");
  validity.end("validity");
  const subject = parseDistinguishedName(body.expect(TAG.sequence, "subject"));
  const publicKey = parseSubjectPublicKey(body.expect(TAG.sequence, "public key info"));
  const holder = body.constructed(contextTag(3, "constructed"), "extensions");
  const extensions = parseExtensions(holder.expect(TAG.sequence, "extensions"));
  holder.end("extensions");
  body.end("signed part");

  const read = <T>(oid: string, parse: (value: Uint8Array) => T): T | undefined => {
    const extension = extensions.get(oid);
    return extension === undefined ? undefined : parse(extension.value);
  };
  return {
    encoded: der,
    signedBytes: signed.encoded,
    hash,
    signature,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey,
    extensions,
    basicConstraints: read(OID.basicConstraints, parseBasicConstraints),
    keyUsage: read(OID.keyUsage, parseKeyUsage),
  };
}
