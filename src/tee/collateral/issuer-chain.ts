import { PemError, parsePemCertificates } from "@countersign/client/x509";
import { TeeError } from "../tee-error.ts";

/**
 * An issuer chain header: URL-encoded PEM of exactly two certificates, signer then root.
 *
 * @param header the service's word; header size is bounded by the HTTP client
 * @throws TeeError `tee.malformed`
 */
export function issuerChain(name: string, header: string | undefined): string {
  if (header === undefined) throw new TeeError("tee.malformed", `collateral service: header ${name} is missing`);
  try {
    const text = decodeURIComponent(header);
    if (parsePemCertificates(text, 2).length === 2) return text;
  } catch (error) {
    if (!(error instanceof URIError) && !(error instanceof PemError)) throw error;
  }
  throw new TeeError("tee.malformed", `collateral service: header ${name} is not two certificates`);
}
