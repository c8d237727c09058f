/** PEM text that is not what it should be. The message never quotes the text. */
export class PemError extends Error {
  override readonly name = "PemError";
}

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";
/** Canonical base64 (RFC 4648, 3.5): the bits the last digit has too many are zero, so bytes have one text. */
const BASE64_TEXT = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
/** ASCII only: what else counts as white space differs from reader to reader. */
const WHITE_SPACE = /^[\t\n\r ]*$/;

/**
 * The certificates of a PEM text (RFC 7468), in its order. Between and around them only white space is allowed: text
 * a reader skips is text nobody has looked at.
 *
 * @param text attacker-controlled
 * @param limit most certificates
 * @returns DER of each
 * @throws PemError
 */
export function parsePemCertificates(text: string, limit: number): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  let position = 0;
  for (;;) {
    const begin = text.indexOf(BEGIN, position);
    const between = text.slice(position, begin === -1 ? undefined : begin);
    if (!WHITE_SPACE.test(between)) throw new PemError("text between or after the certificates");
    if (begin === -1) break;
    if (certificates.length === limit) throw new PemError(`more than ${limit} certificates`);
    const end = text.indexOf(END, begin);
    if (end === -1) throw new PemError("a certificate has no end");
    certificates.push(decodeBase64(text.slice(begin + BEGIN.length, end)));
    position = end + END.length;
  }
  if (certificates.length === 0) throw new PemError("no certificate");
  return certificates;
}

/** One certificate as PEM text: 64-character lines, LF. */
export function certificatePem(der: Uint8Array): string {
  const base64 = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(""));
  return `${BEGIN}\n${base64.replace(/.{1,64}/g, "$&\n")}${END}\n`;
}

function decodeBase64(body: string): Uint8Array {
  const base64 = body.replace(/[\r\n\t ]/g, "");
  if (base64 === "" || !BASE64_TEXT.test(base64)) throw new PemError("a certificate is not base64");
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
