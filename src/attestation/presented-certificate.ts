import { hash, type X509Certificate } from "node:crypto";
import { LEAF_OID } from "@countersign/client/ratls";
import { OID, parseCertificate } from "@countersign/client/x509";

const LABELS: Readonly<Record<string, string>> = {
  [LEAF_OID.tdxQuote]: "TDX quote",
  [LEAF_OID.gpuEvidence]: "GPU evidence",
  [LEAF_OID.tcgEvidence]: "TEE quote with claims",
  [LEAF_OID.dstackQuote]: "dstack quote",
  [LEAF_OID.dstackEventLog]: "dstack event log",
  [OID.basicConstraints]: "basic constraints",
  [OID.keyUsage]: "key usage",
  [OID.extendedKeyUsage]: "extended key usage",
  [OID.subjectAltName]: "subject alternative names",
  [OID.subjectKeyIdentifier]: "subject key identifier",
  [OID.authorityKeyIdentifier]: "authority key identifier",
};

/** DER SubjectPublicKeyInfo of a certificate, whatever its algorithm. */
export function publicKeyOf(certificate: X509Certificate): Uint8Array {
  return new Uint8Array(certificate.publicKey.export({ format: "der", type: "spki" }) as Buffer);
}

/** A certificate as a result reports it. */
export function certificateReport(certificate: X509Certificate) {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serial_number: certificate.serialNumber.toLowerCase(),
    not_before: certificate.validFromDate.toISOString(),
    not_after: certificate.validToDate.toISOString(),
    signature_algorithm: certificate.signatureAlgorithm ?? certificate.signatureAlgorithmOid,
    public_key_sha256: hash("sha256", publicKeyOf(certificate), "hex"),
  };
}

/** The extensions of a certificate; none of one that is not strict DER, which its verification says. */
export function extensionsReport(certificate: X509Certificate) {
  try {
    const { extensions } = parseCertificate(new Uint8Array(certificate.raw));
    return [...extensions.values()].map(({ oid, value }) => ({
      oid,
      label: LABELS[oid] ?? "unknown",
      value_hex: Buffer.from(value).toString("hex"),
    }));
  } catch {
    return [];
  }
}

/** Node writes one attribute a line. */
function oneLine(name: string): string {
  return name.split("\n").join(", ");
}
