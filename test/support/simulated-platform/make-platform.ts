import { certificatePem } from "@countersign/client/x509";
import {
  buildQuote,
  collateralWindow,
  createPlatformMaterial,
  type MaterialChanges,
  type PlatformMaterial,
  type QuoteParts,
} from "../../../src/tee/simulated/platform/index.ts";
import { type CollateralOptions, makeCollateral } from "./make-collateral.ts";

/** What deviates from a platform that is accepted. Every option goes with every other. */
export interface PlatformOptions extends CollateralOptions {
  /** Moment of the collateral and of verification. Unix seconds, whole. Default NOW. */
  readonly now?: number;
  /** Parts of the quote; they are signed as they are here. */
  readonly quote?: QuoteParts;
  /** Certificates and platform identity. With this option, even empty, every key is new. */
  readonly certificates?: MaterialChanges;
  /** DER of the certificates in the quote, from those of the platform. */
  readonly chain?: (certificates: PlatformCertificates) => readonly Uint8Array[];
  /** Changes the keys that sign the quote, after the certificates were issued. */
  readonly quoteKeys?: (material: PlatformMaterial) => Partial<PlatformMaterial>;
  /** Changes the quote's bytes after everything was signed. */
  readonly tamper?: (quote: Uint8Array) => Uint8Array;
}

/** DER of each. */
export type PlatformCertificates = Readonly<Record<"root" | "pckCa" | "pck" | "tcbSigning", Uint8Array>>;

/** Input of one verification. */
export interface MadePlatform {
  readonly quote: Uint8Array;
  /** The container as JSON text. */
  readonly collateral: string;
  /** DER of the root to trust. */
  readonly rootCertificate: Uint8Array;
  /** Moment to verify at. Unix seconds. */
  readonly now: number;
  /** The 64 bytes the quote was made for. */
  readonly reportData: Uint8Array;
  readonly material: PlatformMaterial;
}

/** 2026-02-03T04:05:06Z. */
export const NOW = Date.UTC(2026, 1, 3, 4, 5, 6) / 1000;

/** 1 to 64. */
const REPORT_DATA = Uint8Array.from({ length: 64 }, (_, index) => index + 1);

let shared: PlatformMaterial | undefined;

/** A quote with its collateral and root, all signatures good around what the options change. */
export function makePlatform(options: PlatformOptions = {}): MadePlatform {
  const { now = NOW, certificates, chain, quoteKeys, tamper } = options;
  shared ??= createPlatformMaterial();
  const material = certificates === undefined ? shared : createPlatformMaterial(certificates);
  const reportData = options.quote?.body?.reportData ?? REPORT_DATA;
  const quote = buildQuote(
    { ...material, ...quoteKeys?.(material) },
    {
      ...(chain === undefined ? {} : { innerCertificationData: chainText(chain(certificatesOf(material))) }),
      ...options.quote,
      body: { ...options.quote?.body, reportData },
    },
  );
  return {
    quote: tamper === undefined ? quote : tamper(quote),
    collateral: JSON.stringify(makeCollateral(options, material, collateralWindow(now), now)),
    rootCertificate: material.root.certificate,
    now,
    reportData,
    material,
  };
}

function certificatesOf({ root, pckCa, pck, tcbSigning }: PlatformMaterial): PlatformCertificates {
  return {
    root: root.certificate,
    pckCa: pckCa.certificate,
    pck: pck.certificate,
    tcbSigning: tcbSigning.certificate,
  };
}

/** As the quoting enclave's library writes it: PEM, then one NUL. */
function chainText(certificates: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.from(`${certificates.map(certificatePem).join("")}\0`, "latin1"));
}
