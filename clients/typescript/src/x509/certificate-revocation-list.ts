import { contextTag, DerError, DerReader, readerOf, TAG } from "../der/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure } from "../verdict/index.ts";
import type { Certificate } from "./certificate.ts";
import { type DistinguishedName, parseDistinguishedName } from "./distinguished-name.ts";
import { type Extension, parseExtensions } from "./extension.ts";
import { OID } from "./oid.ts";
import { isSignedBy, parseSignatureAlgorithm, type SignedObject } from "./signed-object.ts";

/** A certificate revocation list, version 2 (RFC 5280, 5), parsed strictly. Parsing says nothing about trust. */
export interface CertificateRevocationList extends SignedObject {
  readonly issuer: DistinguishedName;
  /** Unix seconds. */
  readonly thisUpdate: number;
  /** Unix seconds; undefined if the list does not say until when it holds. */
  readonly nextUpdate: number | undefined;
  /** Content of each revoked serial number's INTEGER: minimal, so equal bytes are equal numbers. */
  readonly revokedSerials: readonly Uint8Array[];
  readonly extensions: ReadonlyMap<string, Extension>;
}

/** Largest list that is read. Bytes: genuine ones have a few thousand, about 35 for each revoked certificate. */
const MAX_LIST_BYTES = 1024 * 1024;

/**
 * Reads one list.
 *
 * @param der attacker-controlled; exactly one list
 * @throws DerError naming the field at fault and its offset
 */
export function parseCertificateRevocationList(der: Uint8Array): CertificateRevocationList {
  if (der.length > MAX_LIST_BYTES) throw new DerError("revocation list: too large", 0);
  const outer = new DerReader(der);
  const list = outer.sequence("revocation list");
  outer.end("revocation list");
  const signed = list.expect(TAG.sequence, "signed part");
  const hash = parseSignatureAlgorithm(list.expect(TAG.sequence, "signature algorithm"));
  const signature = list.bitString("signature");
  list.end("revocation list");

  const body = readerOf(signed);
  if (body.smallInteger("version") !== 1) throw new DerError("version: not an X.509 v2 list", signed.offset);
  const innerOffset = body.offset;
  const innerHash = parseSignatureAlgorithm(body.expect(TAG.sequence, "inner signature algorithm"));
  // RFC 5280, 5.1.1.2: both places must name the same algorithm.
  if (innerHash !== hash) throw new DerError("signature algorithm: differs from the signed one", innerOffset);
  const issuer = parseDistinguishedName(body.expect(TAG.sequence, "issuer"));
  const thisUpdate = body.time("thisUpdate");
  const isTime = body.nextTag === TAG.utcTime || body.nextTag === TAG.generalizedTime;
  const nextUpdate = isTime ? body.time("nextUpdate") : undefined;
  const revokedSerials = body.nextTag === TAG.sequence ? parseRevoked(body.sequence("revoked certificates")) : [];
  const holder = body.constructed(contextTag(0, "constructed"), "extensions");
  const extensions = parseExtensions(holder.expect(TAG.sequence, "extensions"));
  holder.end("extensions");
  body.end("signed part");
  return { signedBytes: signed.encoded, hash, signature, issuer, thisUpdate, nextUpdate, revokedSerials, extensions };
}

function parseRevoked(list: DerReader): Uint8Array[] {
  // RFC 5280, 5.1.2.6: without revoked certificates the list is absent, not empty.
  if (list.done) throw new DerError("revoked certificates: empty list", list.offset);
  const serials: Uint8Array[] = [];
  while (!list.done) {
    const { offset } = list;
    const entry = list.sequence("revoked certificate");
    serials.push(entry.integerBytes("revoked serial number"));
    entry.time("revocation date");
    if (!entry.done) {
      const extensions = parseExtensions(entry.expect(TAG.sequence, "entry extensions"));
      entry.end("revoked certificate");
      // RFC 5280, 5.3: a list with a critical entry extension that is not understood must not be used at all. One of
      // them says that the entry belongs to another issuer.
      for (const { oid, critical } of extensions.values()) {
        if (critical) throw new DerError(`entry extension ${oid}: critical and unknown`, offset);
      }
    }
  }
  return serials;
}

/** What a list has to satisfy. */
export interface RevocationRules {
  /** The CA whose list it must be. Its own place in a chain has been verified. */
  readonly issuer: Certificate;
  /** Moment of judgement. Unix seconds, finite. */
  readonly now: number;
  /** Leeway at both ends of the list's window. Seconds, default 0. */
  readonly skewSeconds?: number;
}

/** The one extension that changes nothing here. Others may be there if they are not critical. */
const HARMLESS: ReadonlySet<string> = new Set([OID.crlNumber]);

/**
 * Holds a list to RFC 5280, 6.3 for the simple case evidence has: a complete list of one CA, signed by it, current. A
 * list that is delta, indirect or limited in scope says less than that, and is refused.
 *
 * @throws CheckFailure
 */
export async function verifyRevocationList(list: CertificateRevocationList, rules: RevocationRules): Promise<void> {
  const { issuer, now, skewSeconds = 0 } = rules;
  if (!Number.isFinite(now)) throw new CheckFailure("the moment of verification is not a number");
  if (!equalBytes(list.issuer.encoded, issuer.subject.encoded)) {
    throw new CheckFailure("the revocation list is another CA's", REMEDY);
  }
  if (issuer.keyUsage?.crlSign !== true) throw new CheckFailure("the CA may not sign revocation lists");
  for (const { oid, critical } of list.extensions.values()) {
    const narrows = oid === OID.deltaCrlIndicator || oid === OID.issuingDistributionPoint;
    if (narrows) throw new CheckFailure("the revocation list is not a complete list of its CA", REMEDY);
    if (critical && !HARMLESS.has(oid)) {
      throw new CheckFailure(`the revocation list has a critical extension this verifier does not know (${oid})`);
    }
  }
  if (!(await isSignedBy(list, issuer.publicKey))) {
    throw new CheckFailure("the signature of the revocation list does not verify", REMEDY);
  }
  if (list.nextUpdate === undefined) throw new CheckFailure("the revocation list does not say until when it holds");
  if (now + skewSeconds < list.thisUpdate) throw new CheckFailure("the revocation list is not valid yet", CLOCK);
  if (now - skewSeconds > list.nextUpdate) throw new CheckFailure("the revocation list has expired", REMEDY);
}

/** Whether a verified list names a certificate of the same issuer; serial numbers mean nothing across issuers. */
export function isRevoked(list: CertificateRevocationList, certificate: Certificate): boolean {
  if (!equalBytes(list.issuer.encoded, certificate.issuer.encoded)) {
    throw new CheckFailure("the revocation list is not one of the certificate's issuer");
  }
  return list.revokedSerials.some((serial) => equalBytes(serial, certificate.serial));
}

const REMEDY = "fetch current collateral, or verify at the time the evidence was recorded";
const CLOCK = "check the clock, or verify at the time the evidence was recorded";
