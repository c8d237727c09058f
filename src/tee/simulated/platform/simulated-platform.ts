import { hash } from "node:crypto";
import { buildCollateral } from "./collateral.ts";
import { type CollateralWindow, collateralWindow, isCurrent } from "./collateral-window.ts";
import { concat } from "./layout.ts";
import { SIMULATED_FMSPC } from "./platform-identity.ts";
import type { PlatformMaterial } from "./platform-material.ts";
import { openPlatformState } from "./platform-state.ts";
import { buildQuote, type QuoteFormat } from "./quote.ts";

/** What a simulated quote is made for. */
export interface SimulatedQuoteInput {
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** 48 bytes. Default zeros. */
  readonly rtmr3?: Uint8Array;
  /** 48 bytes. Default zeros. */
  readonly mrConfigId?: Uint8Array;
  /** Default `v4`. */
  readonly format?: QuoteFormat;
  /** Least size of the result, which zeros fill: hardware hands out buffers of 5006 bytes. Default: no padding. */
  readonly paddedTo?: number;
}

/** A TDX machine, Intel's certificates and its collateral service in software. It protects nothing. */
export interface SimulatedPlatform {
  /** DER of the root that stands for Intel's. Verifiers trust it only where a caller names it. */
  readonly rootCertificate: Uint8Array;
  /** SHA-256 of it, lower-case hex. */
  readonly rootFingerprint: string;
  /** 6 bytes, lower-case hex: for which platform its collateral is. */
  readonly fmspc: string;
  /** 16 bytes, lower-case hex; for policies that name machines. */
  readonly ppid: string;
  /** 16 bytes, lower-case hex. */
  readonly platformInstanceId: string;
  /** A quote. Throws RangeError if an input has another size than it must have. */
  quote(input: SimulatedQuoteInput): Uint8Array;
  /**
   * The nine-field container as JSON text. The same text until less than 15 of its 30 days remain.
   *
   * @param nowSeconds Unix seconds, finite
   */
  collateral(nowSeconds: number): string;
}

/** The platform of this installation; the first call makes it. Throws TeeError; see openPlatformState. */
export function openSimulatedPlatform(stateDirectory: string): SimulatedPlatform {
  return createSimulatedPlatform(openPlatformState(stateDirectory));
}

/** A platform of given keys. */
export function createSimulatedPlatform(material: PlatformMaterial): SimulatedPlatform {
  let kept: { readonly window: CollateralWindow; readonly text: string } | undefined;
  return {
    rootCertificate: material.root.certificate,
    rootFingerprint: hash("sha256", material.root.certificate, "hex"),
    fmspc: SIMULATED_FMSPC,
    ppid: hex(material.ppid),
    platformInstanceId: hex(material.platformInstanceId),
    quote({ reportData, rtmr3, mrConfigId, format, paddedTo = 0 }) {
      const quote = buildQuote(material, {
        ...(format === undefined ? {} : { format }),
        body: {
          reportData,
          ...(rtmr3 === undefined ? {} : { rtmr3 }),
          ...(mrConfigId === undefined ? {} : { mrConfigId }),
        },
      });
      return quote.length < paddedTo ? concat(quote, new Uint8Array(paddedTo - quote.length)) : quote;
    },
    collateral(nowSeconds) {
      if (kept === undefined || !isCurrent(kept.window, nowSeconds)) {
        const window = collateralWindow(nowSeconds);
        kept = { window, text: JSON.stringify(buildCollateral(material, window)) };
      }
      return kept.text;
    },
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
