/** A quote as the platform gives it, with what its verification needs beside it. */
export interface PlatformQuote {
  /** The quote's bytes, as the platform gave them. */
  readonly quote: Uint8Array;
  /** Event log, the platform's exact JSON text. Undefined where the platform keeps none. */
  readonly eventLog: string | undefined;
  /** Configuration of the virtual machine, the platform's exact JSON text. */
  readonly vmConfig: string | undefined;
}

/** Which kind of platform makes the quotes. */
export type QuoteSourceKind = "dstack" | "configfs-tsm";

/** Where quotes come from. One small interface over every platform. */
export interface QuoteSource {
  readonly kind: QuoteSourceKind;
  /** Whether a simulated TEE stands behind it. */
  readonly simulated: boolean;
  /** What was chosen, for logs and status: a socket path or directory. */
  readonly endpoint: string;
  /**
   * A quote for exactly these bytes. All 64 of them have been compared in the quote that is returned.
   *
   * @param reportData 64 bytes
   * @throws TeeError
   */
  quote(reportData: Uint8Array, signal?: AbortSignal): Promise<PlatformQuote>;
}

/** Where collateral comes from: Intel's service, a cache of it, or the simulated one. */
export interface CollateralSource {
  /**
   * The nine-field collateral container for the platform of this quote, as JSON text, from cache where it is current.
   *
   * @throws TeeError
   */
  collateral(quote: Uint8Array, signal?: AbortSignal): Promise<string>;
}

/** Evidence of one GPU or switch as its driver gives it. */
export interface DeviceReport {
  /** As the evidence states it: `HOPPER`, `BLACKWELL`, `LS10`. */
  readonly architecture: string;
  /** SPDM request and response, raw. */
  readonly report: Uint8Array;
  /** DER certificates, leaf first. */
  readonly certificates: readonly Uint8Array[];
}

/** Where device evidence comes from. */
export interface DeviceEvidenceSource {
  readonly kind: "nvidia" | "canned" | "simulated" | "none";
  readonly simulated: boolean;
  /**
   * Evidence of every device, all made for this nonce; an empty list if there are none.
   *
   * @param nonce 32 bytes
   * @throws TeeError
   */
  collect(nonce: Uint8Array, signal?: AbortSignal): Promise<readonly DeviceReport[]>;
}
