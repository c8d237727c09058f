import { CheckFailure } from "../verdict/index.ts";
import type { Certificate } from "../x509/index.ts";

/**
 * Holds a certificate to the role its common name states. Roles are what keeps the leaves of one PKI apart: without
 * this, a platform's certificate could sign TCB info. Leaves must be meant for signatures as well.
 *
 * @throws CheckFailure
 */
export function requireRole(certificate: Certificate, names: readonly string[]): void {
  if (!names.some((name) => name === certificate.subject.commonName)) {
    throw new CheckFailure(`a certificate is in the place of ${names.join(" or ")} and is not one`);
  }
  const isLeaf = certificate.basicConstraints?.ca === false;
  if (isLeaf && certificate.keyUsage?.digitalSignature !== true) {
    throw new CheckFailure(`${certificate.subject.commonName} may not sign data`);
  }
}
