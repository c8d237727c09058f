import { sign } from "node:crypto";
import { parseCertificate } from "@countersign/client/x509";
import { der } from "../../../src/der/index.ts";
import {
  buildCollateral,
  buildQuote,
  type CertifiedKey,
  collateralWindow,
  createPlatformMaterial,
  type PlatformMaterial,
  SIMULATED_ORGANIZATION,
} from "../../../src/tee/simulated/platform/index.ts";
import { type MadePlatform, NOW } from "../../support/simulated-platform/index.ts";

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
/** Of the same length, so that every length around it stays right. */
const PLAIN = "Ordinary Organisation".padEnd(SIMULATED_ORGANIZATION.length, ".");

/** The certificate with another organisation in every name, signed anew. */
function relabelled({ certificate, privateKey }: CertifiedKey, issuer: CertifiedKey): CertifiedKey {
  const text = Buffer.from(parseCertificate(certificate).signedBytes).toString("latin1");
  const signedBytes = new Uint8Array(Buffer.from(text.replaceAll(SIMULATED_ORGANIZATION, PLAIN), "latin1"));
  const signature = new Uint8Array(sign("sha256", signedBytes, issuer.privateKey));
  const algorithm = der.sequence(der.oid(ECDSA_WITH_SHA256));
  return { privateKey, certificate: der.sequence(signedBytes, algorithm, der.bitString(signature)) };
}

/** A platform whose certificates do not say that they are simulated, as those of another vendor would not. */
export function plainPlatform(): MadePlatform {
  const made = createPlatformMaterial();
  const root = relabelled(made.root, made.root);
  const pckCa = relabelled(made.pckCa, root);
  const material: PlatformMaterial = {
    ...made,
    root,
    pckCa,
    pck: relabelled(made.pck, pckCa),
    tcbSigning: relabelled(made.tcbSigning, root),
  };
  const reportData = new Uint8Array(64);
  return {
    quote: buildQuote(material, { body: { reportData } }),
    collateral: JSON.stringify(buildCollateral(material, collateralWindow(NOW))),
    rootCertificate: root.certificate,
    now: NOW,
    reportData,
    material,
  };
}
