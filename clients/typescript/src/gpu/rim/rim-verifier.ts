import { bytesToHex } from "@noble/hashes/utils.js";
import { crypto } from "../../crypto/index.ts";
import { DerError } from "../../der/index.ts";
import { CheckFailure } from "../../verdict/index.ts";
import { type Certificate, parseCertificate, verifyChain } from "../../x509/index.ts";
import type { RimVerifier } from "../reference-values.ts";
import { signatureForm } from "./signature-form.ts";
import { signedContent } from "./signed-content.ts";
import { readSwidTag } from "./swid-tag.ts";
import { documentText, parseXml } from "./xml-document.ts";

/** NVIDIA CoRIM signing Root CA, 2023 to 2053: SHA-256 of its DER. */
export const NVIDIA_RIM_ROOT = "12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1";

/** Signer, its issuer, the issuer's, root. */
const CHAIN_LENGTH = 4;

export interface RimVerifierOptions {
  /**
   * Whether a document counts whose signer's certificate has expired since. Signers live about two years and documents
   * are not signed anew, so current firmware can have an expired signer. Default false.
   */
  readonly expiredSignerAccepted?: boolean;
  /** Fingerprints of roots that are trusted instead of NVIDIA's: SHA-256 of the DER, lower-case hex. */
  readonly roots?: readonly string[];
}

/**
 * Makes a verifier of reference documents. A document counts if an enveloped XML signature over all of it verifies, by
 * a signer whose chain of four ends in a pinned root; its content is read from what was signed and nowhere else.
 */
export function createRimVerifier(options: RimVerifierOptions = {}): RimVerifier {
  const { expiredSignerAccepted = false, roots = [NVIDIA_RIM_ROOT] } = options;
  return {
    async verify(document, now) {
      const text = documentText(document);
      const form = signatureForm(parseXml(text));
      const signerChain = readChain(form.certificates);
      const [signer] = signerChain;
      if (signer === undefined) throw CheckFailure.malformed("the signer has no certificate");
      const signerExpired = now > signer.notAfter;
      if (signerExpired && !expiredSignerAccepted) {
        throw new CheckFailure(
          "the certificate of the reference document's signer has expired",
          "look for a document that is signed anew, or accept expired signers explicitly",
        );
      }
      // The last moment the signer was valid is when the rest of its chain has to have been, too.
      const moment = signerExpired ? signer.notAfter : now;
      await verifySignerChain(signerChain, roots, moment);
      const { version, values } = readSwidTag(parseXml(signedContent(text, form.xml, signer.publicKey)));
      return { version, values, signerChain, signerExpired };
    },
  };
}

function readChain(certificates: readonly Uint8Array[]): readonly Certificate[] {
  try {
    return certificates.map(parseCertificate);
  } catch (error) {
    if (error instanceof DerError) throw CheckFailure.malformed(`a signer's certificate: ${error.message}`);
    throw error;
  }
}

async function verifySignerChain(chain: readonly Certificate[], roots: readonly string[], now: number): Promise<void> {
  const root = chain.at(-1);
  if (chain.length !== CHAIN_LENGTH || root === undefined) {
    throw new CheckFailure(`the signer's chain has ${chain.length} certificates, not ${CHAIN_LENGTH}`);
  }
  const allP384 = chain.every(({ publicKey, hash }) => publicKey.ec?.curve === "P-384" && hash === "sha384");
  if (!allP384) throw new CheckFailure("the signer's chain is not ECDSA P-384 with SHA-384 throughout");
  if (chain[0]?.keyUsage?.digitalSignature !== true) throw new CheckFailure("the signer's key may not sign");
  const pinned = roots.includes(bytesToHex(crypto.digest("sha256", root.encoded)));
  try {
    await verifyChain(chain, { now, roots: pinned ? [root.encoded] : [] });
  } catch (error) {
    if (!(error instanceof CheckFailure)) throw error;
    const remedy = pinned ? error.remedy : "get the document from NVIDIA's service";
    throw new CheckFailure(`the reference document's signer: ${error.message}`, remedy);
  }
}
