import type { CollateralSource, DeviceEvidenceSource, QuoteSource } from "../tee/index.ts";

/** The platform a gateway runs on, as far as its evidence shows it. */
export interface Platform {
  readonly quotes: QuoteSource;
  /** Undefined: none is shipped, and verifiers have to fetch it themselves. */
  readonly collateral: CollateralSource | undefined;
  readonly devices: DeviceEvidenceSource;
  /** The application's compose document, exact text. Undefined where the platform knows none. */
  readonly appCompose: string | undefined;
  /** What the platform says of itself, for peers' reports. Unauthenticated. */
  readonly info: Readonly<Record<string, unknown>> | undefined;
  /** Whether any part of it is simulated. */
  readonly simulated: boolean;
}
