import { equalBytes } from "../../transcript/equal-bytes.ts";
import { CheckFailure, type Proven } from "../../verdict/index.ts";
import {
  type Certificate,
  isRevoked,
  parseCertificateRevocationList,
  type RevocationRules,
  verifyRevocationList,
} from "../../x509/index.ts";
import type { Collateral } from "../collateral.ts";
import type { CollateralSigners } from "./collateral-chain.ts";
import type { PckChain } from "./quote-chain.ts";

/**
 * Both lists are genuine, complete and current, and neither names a certificate this verification rests on. A list
 * that cannot be used is as bad as one that names the certificate.
 */
export async function verifyRevocation(
  collateral: Collateral,
  { leaf, ca, root }: PckChain,
  signers: CollateralSigners,
  { now, skewSeconds }: { readonly now: number; readonly skewSeconds: number },
): Promise<Proven<true>> {
  const [issuer, issuerRoot] = collateral.pckCrlIssuerChain;
  if (!equalBytes(issuer, ca.encoded) || !equalBytes(issuerRoot, root.encoded)) {
    throw new CheckFailure(
      "the PCK revocation list comes with another CA than the platform's",
      "fetch the list of the CA, platform or processor, that issued the platform's certificate",
    );
  }
  // Intel's lists are issued by the certificates of the quote's own chain, never by one the collateral brings along.
  await refuseRevoked(collateral.rootCaCrl, { issuer: root, now, skewSeconds }, [
    ca,
    signers.tcbInfo,
    signers.enclaveIdentity,
  ]);
  await refuseRevoked(collateral.pckCrl, { issuer: ca, now, skewSeconds }, [leaf]);
  return { value: true, cause: "both revocation lists hold now, and list nothing of this chain" };
}

async function refuseRevoked(
  der: Uint8Array,
  rules: RevocationRules,
  certificates: readonly Certificate[],
): Promise<void> {
  const list = parseCertificateRevocationList(der);
  await verifyRevocationList(list, rules);
  const revoked = certificates.find((certificate) => isRevoked(list, certificate));
  if (revoked !== undefined) {
    throw new CheckFailure(`${revoked.subject.commonName} is revoked`, "do not use this platform");
  }
}
