import { DerError, readerOf, readSingle, TAG } from "@countersign/client/der";
import { TeeError } from "../tee-error.ts";

/**
 * When a certificate revocation list (RFC 5280, 5.1) is out of date. Reads no further: what it revokes is for
 * verifiers to say.
 *
 * @param crl the service's word
 * @returns Unix milliseconds
 * @throws TeeError `tee.malformed`, also for one that names no such time
 */
export function crlNextUpdate(name: string, crl: Uint8Array): number {
  try {
    const list = readSingle(crl, TAG.sequence, "CRL");
    const body = readerOf(list.expect(TAG.sequence, "signed part"));
    body.expect(TAG.integer, "version");
    body.expect(TAG.sequence, "signature algorithm");
    body.expect(TAG.sequence, "issuer");
    body.time("thisUpdate");
    return body.time("nextUpdate") * 1000;
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new TeeError("tee.malformed", `collateral service: ${name} is not a CRL: ${error.message}`);
  }
}
