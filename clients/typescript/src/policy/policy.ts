import type { CheckId } from "../verdict/check-id.ts";

/** TCB statuses by severity, mildest first (Intel's names). */
export const TCB_STATUSES = [
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "Revoked",
] as const;

/** Status of a platform's trusted computing base. */
export type TcbStatus = (typeof TCB_STATUSES)[number];

/** One row of accepted measurements; RTMRs of two images never mix. Lower-case hex, 96 digits each. */
export interface ImageMeasurements {
  readonly name: string;
  readonly mrtd: string;
  readonly rtmr0: string;
  readonly rtmr1: string;
  readonly rtmr2: string;
}

/** Measurements that can be pinned one by one. */
export type MeasurementName =
  | "mrtd"
  | "rtmr0"
  | "rtmr1"
  | "rtmr2"
  | "rtmr3"
  | "mrseam"
  | "mrconfigid"
  | "mrowner"
  | "mrownerconfig";

/** What a trusted root is for. A root is used for nothing else. */
export type RootKind = "tdx" | "gpu" | "tls";

/** A root the caller trusts beside the vendors' own. */
export interface TrustedRoot {
  readonly kind: RootKind;
  /** SHA-256 of the certificate's DER, lower-case hex. */
  readonly fingerprint: string;
  /** The certificate's DER. */
  readonly certificate: Uint8Array;
  /** Whether it belongs to a simulated TEE. Its subject says so too, and either is enough. */
  readonly simulated: boolean;
}

/** A finding that is accepted for a while. */
export interface Waiver {
  readonly check: CheckId;
  /** Why, for whoever reads the verdict. */
  readonly reason: string;
  /** Last moment it counts. Unix seconds. */
  readonly expires: number;
}

/** An advisory that is tolerated for a while. */
export interface ToleratedAdvisory {
  /** For example `INTEL-SA-00615`. */
  readonly id: string;
  readonly reason: string;
  /** Unix seconds. */
  readonly expires: number;
}

/** What a GPU may be. Undefined members ask nothing. */
export interface GpuPolicy {
  /** Exact number of devices. Undefined: any, none included. */
  readonly count: number | undefined;
  /** Accepted architectures, for example `HOPPER`. */
  readonly architectures: readonly string[] | undefined;
  /** Accepted driver versions, exact text. */
  readonly drivers: readonly string[] | undefined;
  /** Accepted VBIOS versions, exact text. */
  readonly vbios: readonly string[] | undefined;
  /** Feature flag the report must state. */
  readonly mode: "SPT" | "MPT" | "PPCIE" | undefined;
  /** Whether a reference-value signer on `certificateHold` is accepted. Default false. */
  readonly rimSignerHoldAccepted: boolean;
  /** Whether a reference-value signer is accepted whose certificate has expired since. Default false. */
  readonly rimSignerExpiredAccepted: boolean;
}

/** The digest a served model must have. */
export interface ModelPin {
  readonly name: string;
  /** Kind of digest, for example `verity`. */
  readonly kind: string;
  /** Lower-case hex. */
  readonly digest: string;
}

/**
 * What a caller demands of evidence: the parsed form of a policy file. Every member is present; the defaults are the
 * safe ones, so an empty policy accepts only current Intel platforms, and pins nothing.
 */
export interface Policy {
  readonly name: string;
  /** Whether it was held to the rules of production when it was read: no simulation, no debugging, a pin. Default false. */
  readonly production: boolean;
  readonly tcb: {
    /** Accepted statuses. Default `UpToDate` alone; `Revoked` cannot be accepted. */
    readonly accepted: readonly TcbStatus[];
    /** Advisories tolerated when a wider status is accepted. Default none. */
    readonly advisories: readonly ToleratedAdvisory[];
    /** Least tcbEvaluationDataNumber, on both documents. Default none. */
    readonly minEvaluationNumber: number | undefined;
  };
  readonly collateral: {
    /** Greatest age since issueDate. Seconds; default: only the documents' own window counts. */
    readonly maxAgeSeconds: number | undefined;
  };
  readonly clock: {
    /** Leeway for collateral windows. Seconds, default 0. */
    readonly skewSeconds: number;
  };
  /** Whether a debuggable trust domain is accepted. Default false. */
  readonly debug: boolean;
  /** Accepted MRSERVICETD values, lower-case hex. Default: none bound. */
  readonly serviceTd: readonly string[];
  readonly measurements: {
    /** Accepted values per measurement, lower-case hex. Absent: reported, not judged. */
    readonly values: { readonly [name in MeasurementName]?: readonly string[] };
    /** Accepted images. Undefined: not judged. */
    readonly images: readonly ImageMeasurements[] | undefined;
  };
  readonly platform: {
    /** Accepted FMSPCs, lower-case hex. */
    readonly fmspc: readonly string[] | undefined;
    /** Accepted platform instance ids, lower-case hex. */
    readonly instanceIds: readonly string[] | undefined;
    /** Accepted PPIDs, lower-case hex; counts only for platforms that report no instance id. */
    readonly ppids: readonly string[] | undefined;
  };
  readonly app: {
    /** Accepted application ids, lower-case hex, 40 digits. */
    readonly ids: readonly string[] | undefined;
    /** Accepted compose hashes, lower-case hex, 64 digits. */
    readonly composeHashes: readonly string[] | undefined;
    /** Accepted instance ids, lower-case hex, 40 digits. */
    readonly instanceIds: readonly string[] | undefined;
    /** Accepted OS image hashes, lower-case hex, 64 digits. */
    readonly osImageHashes: readonly string[] | undefined;
    /** Accepted key providers: name, and id in lower-case hex where it matters. */
    readonly keyProviders: readonly { readonly name: string; readonly id: string | undefined }[] | undefined;
  };
  readonly kms: {
    /** Accepted secp256k1 roots, compressed, lower-case hex. Undefined: custody is not judged. */
    readonly roots: readonly string[] | undefined;
  };
  readonly gpu: GpuPolicy;
  /** Digests models must be served with. Undefined: not judged. */
  readonly models: readonly ModelPin[] | undefined;
  /** Roots beside the vendors' own. Default none. */
  readonly roots: readonly TrustedRoot[];
  /** Whether evidence under a simulated root counts. Needs a root that is named, too. Default false. */
  readonly allowSimulated: boolean;
  /** Checks that must pass although they are optional by default. */
  readonly require: readonly CheckId[];
  /** Findings that are accepted for a while. Links of the proof cannot be waived. */
  readonly waive: readonly Waiver[];
}
