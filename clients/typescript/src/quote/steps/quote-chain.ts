import type { Proven } from "../../verdict/index.ts";
import { type Certificate, parseCertificate, verifyChain } from "../../x509/index.ts";
import { type PckExtension, readPckExtension } from "../pck-extension.ts";
import type { Quote } from "../quote.ts";
import { requireRole } from "../role.ts";
import type { RootStanding } from "../trusted-root.ts";

/** A platform's certificates, held to a trusted root. */
export interface PckChain {
  /** The platform's certificate. */
  readonly leaf: Certificate;
  readonly ca: Certificate;
  readonly root: Certificate;
  /** What the platform's certificate says about it. */
  readonly pck: PckExtension;
}

const PCK_CAS = ["Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA"];

/**
 * The chain inside the quote ends in a trusted root, and every certificate has the role its place asks for: any other
 * leaf of the same PKI could otherwise stand in for the platform's.
 */
export async function verifyPckChain(quote: Quote, standing: RootStanding, now: number): Promise<Proven<PckChain>> {
  const [leafDer, caDer, rootDer] = quote.signatureData.certificates;
  const leaf = parseCertificate(leafDer);
  const ca = parseCertificate(caDer);
  const root = parseCertificate(rootDer);
  const roots = standing.namedBy === undefined ? [] : [standing.der];
  await verifyChain([leaf, ca, root], { now, roots });
  requireRole(leaf, ["Intel SGX PCK Certificate"]);
  requireRole(ca, PCK_CAS);
  const pck = readPckExtension(leaf);
  return { value: { leaf, ca, root, pck }, cause: `ends in a root named by ${standing.namedBy}` };
}
