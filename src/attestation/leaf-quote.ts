import { readLeafEvidence } from "@countersign/client/ratls";
import { parseCertificate } from "@countersign/client/x509";

/**
 * The quote a leaf carries: what collateral is fetched for. Undefined if it carries none or cannot be read, which is
 * for its verification to say.
 */
export async function leafQuote(leaf: Uint8Array | undefined): Promise<Uint8Array | undefined> {
  if (leaf === undefined) return undefined;
  try {
    const evidence = await readLeafEvidence(parseCertificate(leaf));
    return evidence.form === "none" ? undefined : evidence.quote;
  } catch {
    return undefined;
  }
}
