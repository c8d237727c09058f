/** Evidence of one GPU or switch, as its driver gives it. */
export interface DeviceEvidence {
  /** As the evidence states it: `HOPPER`, `BLACKWELL`, `LS10`. The chain says what it is. */
  readonly architecture: string;
  /** SPDM request and response, raw. */
  readonly report: Uint8Array;
  /** DER certificates, leaf first. */
  readonly certificates: readonly Uint8Array[];
}

/** Largest report that is read. Bytes; genuine ones have about 4100. */
export const MAX_REPORT_BYTES = 64 * 1024;
/** Most devices of one machine: eight GPUs and four switches are usual. */
export const MAX_DEVICES = 32;
/** Most certificates that are read of one device: a chain has five, and one of another length is to be called that. */
export const MAX_CERTIFICATES = 8;
