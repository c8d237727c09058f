import { equalBytes } from "../../transcript/equal-bytes.ts";
import { CheckFailure, type Proven } from "../../verdict/index.ts";
import { type Certificate, parseCertificate, verifyChain } from "../../x509/index.ts";
import type { Collateral, IssuerChain } from "../collateral.ts";
import { requireRole } from "../role.ts";

/** Who signed the documents of the collateral. */
export interface CollateralSigners {
  readonly tcbInfo: Certificate;
  readonly enclaveIdentity: Certificate;
}

/**
 * Both documents are signed by a TCB Signing certificate directly under the *same* root as the platform: two trusted
 * roots never vouch for each other, or a simulated one could make a genuine platform look current.
 */
export async function verifyCollateralChains(
  collateral: Collateral,
  root: Certificate,
  now: number,
): Promise<Proven<CollateralSigners>> {
  const { tcbInfo, enclaveIdentity } = collateral;
  const tcbSigner = await verifySigner(tcbInfo.issuerChain, root, now);
  // Genuine collateral has one signer for both.
  const isSame = equalChains(tcbInfo.issuerChain, enclaveIdentity.issuerChain);
  const identitySigner = isSame ? tcbSigner : await verifySigner(enclaveIdentity.issuerChain, root, now);
  return {
    value: { tcbInfo: tcbSigner, enclaveIdentity: identitySigner },
    cause: "TCB Signing certificates directly under the platform's root",
  };
}

async function verifySigner([signerDer, rootDer]: IssuerChain, root: Certificate, now: number): Promise<Certificate> {
  if (!equalBytes(rootDer, root.encoded)) {
    throw new CheckFailure(
      "the collateral's chain ends in another root than the quote's",
      "fetch the collateral from the service that belongs to the platform",
    );
  }
  const signer = parseCertificate(signerDer);
  await verifyChain([signer, root], { now, roots: [root.encoded] });
  requireRole(signer, ["Intel SGX TCB Signing"]);
  return signer;
}

function equalChains(left: IssuerChain, right: IssuerChain): boolean {
  return equalBytes(left[0], right[0]) && equalBytes(left[1], right[1]);
}
