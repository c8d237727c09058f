import { DerError } from "@countersign/client/der";
import { parseQuote, readPckExtension } from "@countersign/client/quote";
import { CheckFailure } from "@countersign/client/verdict";
import { parseCertificate } from "@countersign/client/x509";
import { TeeError } from "../tee-error.ts";

/** Which of Intel's two authorities certified a platform: several processors in a package need the first. */
export type PckAuthority = "platform" | "processor";

/** What collateral is asked for. The same for every machine of one kind. */
export interface PckIdentity {
  /** Upper-case hex, 12 digits. */
  readonly fmspc: string;
  readonly authority: PckAuthority;
}

const AUTHORITIES: ReadonlyMap<string | undefined, PckAuthority> = new Map([
  ["Intel SGX PCK Platform CA", "platform"],
  ["Intel SGX PCK Processor CA", "processor"],
]);

/**
 * Reads it from the certificate inside the quote. Nothing is verified here: a wrong answer fetches collateral that the
 * verifier then refuses.
 *
 * @param quote attacker-controlled; the parsers it goes through are strict and bounded
 * @throws TeeError `tee.malformed`
 */
export function pckIdentity(quote: Uint8Array): PckIdentity {
  try {
    const [leaf] = parseQuote(quote).signatureData.certificates;
    const certificate = parseCertificate(leaf ?? new Uint8Array());
    const authority = AUTHORITIES.get(certificate.issuer.commonName);
    if (authority === undefined) throw new DerError("issuer: neither the platform nor the processor CA", 0);
    return { fmspc: readPckExtension(certificate).fmspc.toUpperCase(), authority };
  } catch (error) {
    if (!(error instanceof DerError) && !(error instanceof CheckFailure)) throw error;
    throw new TeeError("tee.malformed", `the quote names no platform to fetch collateral for: ${error.message}`);
  }
}
