import { type Collateral, parseCollateral, parseQuote } from "@countersign/client/quote";
import { textOf } from "./target.ts";

const hex = (...parts: readonly Uint8Array[]): string =>
  parts.map((part) => Buffer.from(part).toString("hex")).join(".");

/**
 * Everything of a quote that a verdict rests on. What it leaves out is the padding, and the white
 * space and line lengths of the PEM text.
 */
export function meaningOfQuote(bytes: Uint8Array): string {
  const { signedBytes, signatureData } = parseQuote(bytes);
  const { signature, attestationKey, qeReport, qeReportSignature, qeAuthData, certificates } = signatureData;
  return hex(signedBytes, signature, attestationKey, qeReport.encoded, qeReportSignature, qeAuthData, ...certificates);
}

/**
 * Everything of a collateral container that a verdict rests on. What it leaves out is white space and escapes of JSON,
 * white space of PEM, the case of hexadecimal digits, and the chain that does not count.
 */
export function meaningOfCollateral(bytes: Uint8Array): string {
  const { pckCrlIssuerChain, rootCaCrl, pckCrl, tcbInfo, enclaveIdentity }: Collateral = parseCollateral(textOf(bytes));
  const documents = [tcbInfo, enclaveIdentity].flatMap(({ signedBytes, signature, issuerChain }) => [
    signedBytes,
    signature,
    ...issuerChain,
  ]);
  return hex(...pckCrlIssuerChain, rootCaCrl, pckCrl, ...documents);
}
