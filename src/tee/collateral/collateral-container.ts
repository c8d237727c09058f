/**
 * What a quote is judged by, as one JSON object of nine texts: the form in which it is captured, kept and shipped. The
 * two signed objects are the exact texts their signatures cover; nothing here ever parses and writes them again.
 */
export interface CollateralContainer {
  /** PEM, signer then root. */
  readonly pck_crl_issuer_chain: string;
  /** DER in hex. */
  readonly root_ca_crl: string;
  /** DER in hex. */
  readonly pck_crl: string;
  /** PEM, signer then root. */
  readonly tcb_info_issuer_chain: string;
  /** The exact text that is signed. */
  readonly tcb_info: string;
  /** r ‖ s, 64 bytes in hex. */
  readonly tcb_info_signature: string;
  /** PEM, signer then root. */
  readonly qe_identity_issuer_chain: string;
  /** The exact text that is signed. */
  readonly qe_identity: string;
  /** r ‖ s, 64 bytes in hex. */
  readonly qe_identity_signature: string;
}

/** The members, all of them required. */
export const CONTAINER_MEMBERS = [
  "pck_crl_issuer_chain",
  "root_ca_crl",
  "pck_crl",
  "tcb_info_issuer_chain",
  "tcb_info",
  "tcb_info_signature",
  "qe_identity_issuer_chain",
  "qe_identity",
  "qe_identity_signature",
] as const satisfies readonly (keyof CollateralContainer)[];
