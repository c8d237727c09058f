import { sha1 } from "@noble/hashes/legacy.js";
import { crypto } from "../../crypto/index.ts";
import { DerError, DerReader, readSingle, TAG } from "../../der/index.ts";
import { equalBytes } from "../../transcript/equal-bytes.ts";
import { CheckFailure } from "../../verdict/index.ts";
import { type Certificate, isSignedBy, OID, parseCertificate, verifyChain } from "../../x509/index.ts";
import type { CertificateId, OcspResponse, SingleResponse } from "./response.ts";

const SHA384 = "2.16.840.1.101.3.4.2.2";
/** id-kp-OCSPSigning. */
const OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
const UNDERSTOOD: ReadonlySet<string> = new Set([OID.extendedKeyUsage]);

/** What a response has to answer. */
export interface OcspQuestion {
  readonly certificate: Certificate;
  /** Chain above it, its issuer first, root last; verified. */
  readonly issuers: readonly Certificate[];
  /** Moment of judgement. Unix seconds, finite. */
  readonly now: number;
  /** Leeway for clocks. Seconds, default 0. */
  readonly skewSeconds?: number;
  /** The nonce of the request; the response must repeat it. Undefined: none was sent, and the window is what counts. */
  readonly nonce?: Uint8Array;
}

/** Whether a response says something about the certificate: by SHA-384 of its issuer's name and key, and its serial. */
export function answerFor(
  response: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
): SingleResponse | undefined {
  const found = response.responses.filter(({ id }) => names(id, certificate, issuer));
  if (found.length > 1) throw new CheckFailure("an OCSP response answers twice for one certificate");
  return found[0];
}

function names(id: CertificateId, certificate: Certificate, issuer: Certificate): boolean {
  return (
    id.hash === SHA384 &&
    equalBytes(id.serial, certificate.serial) &&
    equalBytes(id.issuerNameHash, crypto.digest("sha384", issuer.subject.encoded)) &&
    equalBytes(id.issuerKeyHash, crypto.digest("sha384", keyBits(issuer)))
  );
}

/**
 * Verifies a response (RFC 6960, 3.2) and gives its answer: the responder is the issuer or was authorised by it, the
 * signature holds, the nonce is the one that was sent, and the answer is current.
 *
 * @throws CheckFailure unless the response can be relied upon
 */
export async function verifyOcspResponse(response: OcspResponse, question: OcspQuestion): Promise<SingleResponse> {
  const { certificate, issuers, now, skewSeconds = 0, nonce } = question;
  if (!Number.isFinite(now)) throw new CheckFailure("the moment of verification is not a number");
  const [issuer] = issuers;
  if (issuer === undefined) throw new CheckFailure("a certificate without an issuer has no revocation status");
  const answer = answerFor(response, certificate, issuer);
  if (answer === undefined) throw new CheckFailure("the OCSP response is for another certificate");
  const responder = await responderOf(response, issuers, now);
  if (!(await isSignedBy(response, responder.publicKey))) {
    throw new CheckFailure("the OCSP response's signature does not verify");
  }
  if (nonce !== undefined && (response.nonce === undefined || !equalBytes(response.nonce, nonce))) {
    throw new CheckFailure("the OCSP response does not repeat the nonce that was sent");
  }
  if (Math.max(answer.thisUpdate, response.producedAt) > now + skewSeconds) {
    throw new CheckFailure("the OCSP response is from the future", "check the clock");
  }
  // Without nextUpdate newer information is always available (section 4.2.2.1): only a nonce shows that this is new.
  if (answer.nextUpdate === undefined && nonce === undefined) {
    throw new CheckFailure("the OCSP response does not say until when it holds");
  }
  if (answer.nextUpdate !== undefined && now > answer.nextUpdate + skewSeconds) {
    throw new CheckFailure("the OCSP response is out of date", "fetch it anew");
  }
  return answer;
}

/** The issuer itself, or a certificate it issued for signing such responses (RFC 6960, 4.2.2.2). */
async function responderOf(response: OcspResponse, issuers: readonly Certificate[], now: number): Promise<Certificate> {
  const [issuer] = issuers;
  const root = issuers.at(-1);
  if (issuer !== undefined && isResponder(issuer, response)) return issuer;
  for (const der of response.certificates) {
    const candidate = readCertificate(der);
    if (!isResponder(candidate, response)) continue;
    if (!mayAnswer(candidate)) throw new CheckFailure("the OCSP responder's certificate is not for OCSP");
    const roots = root === undefined ? [] : [root.encoded];
    await verifyChain([candidate, ...issuers], { now, roots, understood: UNDERSTOOD, leafWithoutConstraints: true });
    return candidate;
  }
  throw new CheckFailure("the OCSP response names a responder that is neither the issuer nor among its certificates");
}

function isResponder(certificate: Certificate, { responder }: OcspResponse): boolean {
  if ("name" in responder) return equalBytes(responder.name, certificate.subject.encoded);
  // SHA-1 only finds the certificate here; the signature proves it.
  return equalBytes(responder.keyHash, sha1(keyBits(certificate)));
}

function mayAnswer({ extensions, keyUsage }: Certificate): boolean {
  const purposes = extensions.get(OID.extendedKeyUsage);
  if (purposes === undefined || keyUsage?.digitalSignature === false) return false;
  const list = readSingle(purposes.value, TAG.sequence, "extended key usage");
  while (!list.done) if (list.oid("key purpose") === OCSP_SIGNING) return true;
  return false;
}

function readCertificate(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof DerError) throw CheckFailure.malformed(`an OCSP response's certificate: ${error.message}`);
    throw error;
  }
}

/** The bits of a certificate's key, without tag, length and unused bits. */
function keyBits({ publicKey }: Certificate): Uint8Array {
  const info = new DerReader(publicKey.encoded).sequence("public key info");
  info.element("key algorithm");
  return info.bitString("public key");
}
