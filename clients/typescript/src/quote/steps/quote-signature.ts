import { crypto } from "../../crypto/index.ts";
import { CheckFailure, type Proven } from "../../verdict/index.ts";
import type { Quote } from "../quote.ts";
import type { TdReport } from "../td-report.ts";

/**
 * The attestation key signed exactly the bytes of the input.
 *
 * @returns what the TDX module states, from now on to be relied upon
 */
export async function verifyQuoteSignature(quote: Quote, attestationKey: Uint8Array): Promise<Proven<TdReport>> {
  const holds = await crypto.verifyEcdsa({
    curve: "P-256",
    hash: "sha256",
    publicKey: attestationKey,
    message: quote.signedBytes,
    signature: quote.signatureData.signature,
  });
  if (!holds) throw new CheckFailure("the attestation key did not sign these bytes");
  return { value: quote.body, cause: `the attestation key signed all ${quote.signedBytes.length} bytes` };
}
