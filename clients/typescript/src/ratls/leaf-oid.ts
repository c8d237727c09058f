/**
 * Object identifiers under which RA-TLS leaves carry evidence. They are compared whole, never by prefix: arcs are
 * shared (1.2.840.113741.1.13.1 is also that of Intel's PCK certificates), and a later numbering of 65230 gave numbers
 * other meanings, so each form has its own table and none looks into another's.
 */
export const LEAF_OID = {
  /** Quote of a trust domain, raw in extnValue. */
  tdxQuote: "1.2.840.113741.1.5.5.1.6",
  /** GPU evidence of the deterministic form, an envelope, raw in extnValue. */
  gpuEvidence: "1.3.6.1.4.1.65230.5.1",
  /** Evidence of interoperable RA-TLS, and of other conventions: its CBOR tag says which. */
  tcgEvidence: "2.23.133.5.4.9",
  /** dstack's quote, in an OCTET STRING inside extnValue, as all of dstack's values. */
  dstackQuote: "1.3.6.1.4.1.62397.1.1",
  /** dstack's event log: JSON, or gzip of it after a mark. */
  dstackEventLog: "1.3.6.1.4.1.62397.1.2",
} as const;

/** Evidence of other platforms and versions: a leaf that carries it is refused rather than half understood. */
export const FOREIGN_EVIDENCE_OIDS: Readonly<Record<string, string>> = {
  "1.2.840.113741.1.13.1.0": "a quote of an SGX enclave",
  "1.2.840.113741.1337.6": "evidence of Gramine's own form",
  "1.3.6.1.4.1.62397.1.8": "a versioned attestation of dstack",
};
