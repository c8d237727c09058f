import { contextTag, DerError, DerReader, readerOf, readSingle, TAG } from "../../der/index.ts";
import { type Extension, parseExtensions, parseSignatureAlgorithm, type SignedObject } from "../../x509/index.ts";

/** How a responder names itself: by its subject, or by the SHA-1 of its key's bits. */
export type ResponderId = { readonly name: Uint8Array } | { readonly keyHash: Uint8Array };

/** Names a certificate by hashes of its issuer and by its serial number. */
export interface CertificateId {
  /** Dotted decimal. */
  readonly hash: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Content of the INTEGER. */
  readonly serial: Uint8Array;
}

/** Status of one certificate. */
export interface SingleResponse {
  readonly id: CertificateId;
  readonly status: "good" | "revoked" | "unknown";
  /** CRLReason (RFC 5280, 5.3.1) of a revoked one, if it is stated. */
  readonly reason: number | undefined;
  /** Unix seconds. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
}

/** A successful basic OCSP response (RFC 6960, 4.2.1), read but not judged. */
export interface OcspResponse extends SignedObject {
  readonly responder: ResponderId;
  /** Unix seconds. */
  readonly producedAt: number;
  readonly responses: readonly SingleResponse[];
  /** Content of the nonce, if there is one. */
  readonly nonce: Uint8Array | undefined;
  /** DER of the certificates that came with it. */
  readonly certificates: readonly Uint8Array[];
}

const BASIC_RESPONSE = "1.3.6.1.5.5.7.48.1.1";
const NONCE = "1.3.6.1.5.5.7.48.1.2";
/** Largest response that is read. Bytes; genuine ones have about 1500. */
const MAX_RESPONSE_BYTES = 32 * 1024;
const MAX_SINGLE_RESPONSES = 8;
const MAX_CERTIFICATES = 4;
const SUCCESSFUL = 0;

/**
 * Reads an OCSP response.
 *
 * @param bytes attacker-controlled; exactly one response
 * @throws DerError, also for a response that says nothing but an error
 */
export function parseOcspResponse(bytes: Uint8Array): OcspResponse {
  if (bytes.length > MAX_RESPONSE_BYTES) throw new DerError("OCSP response: too large", 0);
  const outer = readSingle(bytes, TAG.sequence, "OCSP response");
  if (outer.smallInteger("response status", TAG.enumerated) !== SUCCESSFUL) {
    throw new DerError("OCSP response: the responder refused to answer", 0);
  }
  const holder = outer.constructed(contextTag(0, "constructed"), "response bytes");
  const typed = holder.sequence("response bytes");
  holder.end("response bytes");
  outer.end("OCSP response");
  if (typed.oid("response type") !== BASIC_RESPONSE) throw new DerError("OCSP response: not a basic one", 0);
  const inner = typed.octetString("basic response");
  typed.end("response bytes");

  const basic = readSingle(inner, TAG.sequence, "basic response");
  const signed = basic.expect(TAG.sequence, "response data");
  const hash = parseSignatureAlgorithm(basic.expect(TAG.sequence, "signature algorithm"));
  const signature = basic.bitString("signature");
  const certificates = basic.done ? [] : certificateList(basic);
  basic.end("basic response");
  return { ...responseData(readerOf(signed)), signedBytes: signed.encoded, hash, signature, certificates };
}

function certificateList(basic: DerReader): Uint8Array[] {
  const holder = basic.constructed(contextTag(0, "constructed"), "certificates");
  const list = holder.sequence("certificates");
  holder.end("certificates");
  const certificates: Uint8Array[] = [];
  while (!list.done) {
    if (certificates.length === MAX_CERTIFICATES) throw new DerError("certificates: too many", list.offset);
    certificates.push(list.expect(TAG.sequence, "certificate").encoded);
  }
  return certificates;
}

function responseData(data: DerReader): Pick<OcspResponse, "responder" | "producedAt" | "responses" | "nonce"> {
  const responder = responderId(data);
  const producedAt = generalizedTime(data, "producedAt");
  const list = data.sequence("responses");
  const responses: SingleResponse[] = [];
  while (!list.done) {
    if (responses.length === MAX_SINGLE_RESPONSES) throw new DerError("responses: too many", list.offset);
    responses.push(singleResponse(list.sequence("single response")));
  }
  const extensions = optionalExtensions(data, "response extensions");
  data.end("response data");
  for (const { oid, critical } of extensions.values()) {
    if (critical && oid !== NONCE) throw new DerError(`response extension ${oid}: critical and unknown`, data.offset);
  }
  const nonce = extensions.get(NONCE)?.value;
  return { responder, producedAt, responses, nonce: nonce === undefined ? undefined : nonceOf(nonce) };
}

function responderId(data: DerReader): ResponderId {
  const { tag, content, contentOffset, offset } = data.element("responder id");
  const reader = new DerReader(content, contentOffset);
  if (tag === contextTag(1, "constructed")) {
    const name = reader.expect(TAG.sequence, "responder name").encoded;
    reader.end("responder id");
    return { name };
  }
  // The version, [0], is left out as long as it is 1, which it always is.
  if (tag !== contextTag(2, "constructed")) throw new DerError("responder id: neither a name nor a key", offset);
  const keyHash = reader.octetString("responder key hash");
  reader.end("responder id");
  return { keyHash };
}

function singleResponse(single: DerReader): SingleResponse {
  const names = single.sequence("certificate id");
  const algorithm = names.sequence("hash algorithm");
  const hash = algorithm.oid("hash algorithm");
  algorithm.optional(TAG.null, "hash parameters");
  algorithm.end("hash algorithm");
  const issuerNameHash = names.octetString("issuer name hash");
  const issuerKeyHash = names.octetString("issuer key hash");
  const serial = names.integerBytes("serial number");
  names.end("certificate id");
  const status = certificateStatus(single);
  const thisUpdate = generalizedTime(single, "thisUpdate");
  const holder = single.optional(contextTag(0, "constructed"), "nextUpdate");
  const next = holder === undefined ? undefined : readerOf(holder);
  const nextUpdate = next === undefined ? undefined : generalizedTime(next, "nextUpdate");
  next?.end("nextUpdate");
  const extensions = optionalExtensions(single, "single extensions");
  single.end("single response");
  for (const { oid, critical } of extensions.values()) {
    if (critical) throw new DerError(`single extension ${oid}: critical and unknown`, single.offset);
  }
  return { id: { hash, issuerNameHash, issuerKeyHash, serial }, ...status, thisUpdate, nextUpdate };
}

function certificateStatus(single: DerReader): Pick<SingleResponse, "status" | "reason"> {
  const { tag, content, contentOffset, offset } = single.element("certificate status");
  if (tag === contextTag(1, "constructed")) {
    const revoked = new DerReader(content, contentOffset);
    generalizedTime(revoked, "revocation time");
    const holder = revoked.optional(contextTag(0, "constructed"), "revocation reason");
    revoked.end("certificate status");
    const inner = holder === undefined ? undefined : readerOf(holder);
    const reason = inner?.smallInteger("revocation reason", TAG.enumerated);
    inner?.end("revocation reason");
    return { status: "revoked", reason };
  }
  if (content.length > 0) throw new DerError("certificate status: not empty", offset);
  if (tag === contextTag(0, "primitive")) return { status: "good", reason: undefined };
  if (tag === contextTag(2, "primitive")) return { status: "unknown", reason: undefined };
  throw new DerError("certificate status: none that is known", offset);
}

function optionalExtensions(reader: DerReader, what: string): ReadonlyMap<string, Extension> {
  const holder = reader.optional(contextTag(1, "constructed"), what);
  if (holder === undefined) return new Map();
  const inner = readerOf(holder);
  const extensions = parseExtensions(inner.expect(TAG.sequence, what));
  inner.end(what);
  return extensions;
}

/** RFC 9654, 2.1: the extension's value is an OCTET STRING. */
function nonceOf(value: Uint8Array): Uint8Array {
  const reader = new DerReader(value);
  const nonce = reader.octetString("nonce");
  reader.end("nonce");
  return nonce;
}

function generalizedTime(reader: DerReader, what: string): number {
  if (reader.nextTag !== TAG.generalizedTime) throw new DerError(`${what}: not a GeneralizedTime`, reader.offset);
  return reader.time(what);
}
