import { certificatePem } from "@countersign/client/x509";
import { publicKeyInfo } from "./certified-key.ts";
import { concat, uint16, uint32 } from "./layout.ts";
import { SIMULATED_CPU_SVN } from "./platform-identity.ts";
import type { PlatformMaterial } from "./platform-material.ts";
import { encodeQeReport, type QeReport, qeReport } from "./qe-report.ts";
import { encodeQuoteHeader, type QuoteHeader, quoteHeader } from "./quote-header.ts";
import { rawSignature } from "./raw-signature.ts";
import { encodeTdReport10, encodeTdReport15, SIMULATED_TD_REPORT, type TdReport } from "./td-report.ts";

/** Version 4, which has no body descriptor, and version 5 with either body. */
export type QuoteFormat = "v4" | "v5-td10" | "v5-td15";

/** Parts of a quote. What is left out is as the simulated platform has it; signatures cover what is given. */
export interface QuoteParts {
  /** Default `v4`. */
  readonly format?: QuoteFormat;
  readonly header?: Partial<QuoteHeader>;
  /** Type and size that version 5 states before the body. */
  readonly descriptor?: { readonly type: number; readonly size: number };
  readonly body?: Partial<TdReport>;
  readonly qeReport?: Partial<QeReport>;
  /** x ‖ y. Default: the public key of the attestation key that signs. */
  readonly attestationPublicKey?: Uint8Array;
  /** Default: 32 bytes, 00 to 1f. */
  readonly qeAuthData?: Uint8Array;
  /** Default 6, the report of the quoting enclave with what certifies it. */
  readonly certificationType?: number;
  /** Default 5, a certificate chain. */
  readonly innerCertificationType?: number;
  /** Default: PEM of PCK, PCK CA and root, then one NUL. */
  readonly innerCertificationData?: Uint8Array;
  /** Bytes after the signature data. Default none. */
  readonly trailer?: Uint8Array;
}

interface Encoding {
  readonly version: number;
  readonly descriptor: { readonly type: number; readonly size: number } | undefined;
  readonly encodeBody: (report: TdReport) => Uint8Array;
}

const ENCODINGS: Readonly<Record<QuoteFormat, Encoding>> = {
  v4: { version: 4, descriptor: undefined, encodeBody: encodeTdReport10 },
  "v5-td10": { version: 5, descriptor: { type: 2, size: 584 }, encodeBody: encodeTdReport10 },
  "v5-td15": { version: 5, descriptor: { type: 3, size: 648 }, encodeBody: encodeTdReport15 },
};

const AUTH_DATA = Uint8Array.from({ length: 32 }, (_, index) => index);

/** A TDX quote in Intel's layout, signed by the platform's keys. */
export function buildQuote(material: PlatformMaterial, parts: QuoteParts = {}): Uint8Array {
  const { version, encodeBody, ...encoding } = ENCODINGS[parts.format ?? "v4"];
  const descriptor = parts.descriptor ?? encoding.descriptor;
  const signed = concat(
    encodeQuoteHeader({ ...quoteHeader(version, material.qeId), ...parts.header }),
    ...(descriptor === undefined ? [] : [uint16(descriptor.type), uint32(descriptor.size)]),
    encodeBody({ ...SIMULATED_TD_REPORT, ...parts.body }),
  );
  const signatureData = buildSignatureData(material, signed, parts);
  return concat(signed, uint32(signatureData.length), signatureData, parts.trailer ?? new Uint8Array(0));
}

function buildSignatureData(material: PlatformMaterial, signed: Uint8Array, parts: QuoteParts): Uint8Array {
  // A P-256 SubjectPublicKeyInfo ends with the point; the quote leaves out its leading 04.
  const attestationKey = parts.attestationPublicKey ?? publicKeyInfo(material.attestationKey).slice(-64);
  const authData = parts.qeAuthData ?? AUTH_DATA;
  const report = encodeQeReport({ ...qeReport(SIMULATED_CPU_SVN, attestationKey, authData), ...parts.qeReport });
  const inner = parts.innerCertificationData ?? pckChain(material);
  const certification = concat(
    report,
    rawSignature(material.pck.privateKey, report),
    uint16(authData.length),
    authData,
    uint16(parts.innerCertificationType ?? 5),
    uint32(inner.length),
    inner,
  );
  return concat(
    rawSignature(material.attestationKey, signed),
    attestationKey,
    uint16(parts.certificationType ?? 6),
    uint32(certification.length),
    certification,
  );
}

function pckChain({ pck, pckCa, root }: PlatformMaterial): Uint8Array {
  const pem = [pck, pckCa, root].map(({ certificate }) => certificatePem(certificate)).join("");
  // Intel's quoting library hands the chain over as a C string, with its end.
  return new Uint8Array(Buffer.from(`${pem}\0`, "latin1"));
}
