export { type CborTagged, type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";
export { EXPORTER_BYTES, NATIVE_EXPORTER_LABEL, PRIVASYS_EXPORTER_LABEL } from "./exporter.ts";
export { decodeGpuEnvelope, encodeGpuEnvelope, type GpuEnvelope, MAX_GPU_ENVELOPE_BYTES } from "./gpu-envelope.ts";
export { judgeLeafCertificate, type LeafCertificateInput } from "./leaf-certificate.ts";
export { type LeafEvidence, type LeafForm, readLeafEvidence } from "./leaf-evidence.ts";
export { LEAF_OID } from "./leaf-oid.ts";
export { acceptedGpuNonces, gpuNonceForDay, minuteText } from "./minute.ts";
export { dstackReportData, type RatlsStatement, ratlsReportData, tcgReportData } from "./report-data.ts";
export {
  claimsName,
  decodeTcgClaims,
  decodeTcgEvidence,
  encodeTcgClaims,
  encodeTcgEvidence,
  TCG_QUOTE_TAG,
  type TcgClaims,
  type TcgEvidence,
} from "./tcg-evidence.ts";
export { type LeafInput, type LeafVerification, leafVerdict, verifyLeaf } from "./verify-leaf.ts";
