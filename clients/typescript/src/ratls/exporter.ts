/**
 * TLS exporter values (RFC 8446, 7.5) that evidence commits to have one label per protocol and direction: values under
 * different labels have nothing in common, so an answer for one cannot serve the other. This is the label of this
 * project's evidence of a connection; its context is the caller's nonce.
 */
export const NATIVE_EXPORTER_LABEL = "EXPORTER-countersign-attest-v1";

/** The label of the second version of Privasys' RA-TLS, server's side. */
export const PRIVASYS_EXPORTER_LABEL = "EXPORTER-privasys-ratls-attest-v2";

/** Length of every exporter value. Bytes; the length is part of the derivation, so no longer value begins with this one. */
export const EXPORTER_BYTES = 32;
