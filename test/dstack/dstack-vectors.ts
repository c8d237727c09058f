import { sharedVectors } from "../support/shared-vectors.ts";

/** A runtime event as the vectors hold it. */
export interface VectorEvent {
  readonly event: string;
  readonly payload: string;
  readonly digest: string;
  readonly version?: number;
  readonly preimage?: string;
}

interface VectorKey {
  readonly path: string;
  readonly purpose: string;
  readonly algorithm: string;
  readonly public_key: string;
  readonly signature_chain: readonly string[];
}

interface VectorKms {
  readonly app_id: string;
  readonly app_root_public_key: string;
  readonly kms_root_public_key: string;
  readonly derived: readonly VectorKey[];
}

interface VectorLog {
  readonly name: string;
  readonly registers: readonly {
    readonly imr: number;
    readonly digests: readonly string[];
    readonly expected: string;
  }[];
  readonly rtmr3_events: readonly VectorEvent[];
  readonly rtmr3_after_boot_mr_done: string;
  readonly rtmr3_after_system_ready: string;
  readonly rtmr3_full: string;
  readonly claims_before_system_ready: {
    readonly app_id: string;
    readonly compose_hash: string;
    readonly instance_id: string;
    readonly os_image_hash?: string;
    readonly key_provider: { readonly name: string; readonly id: string };
  };
  readonly events_after_system_ready: number;
  readonly quote_mr_config_id: string;
}

export interface DstackVectors {
  readonly event_digests: readonly (VectorEvent & { readonly preimage: string })[];
  readonly replay_units: readonly {
    readonly name: string;
    readonly digests: readonly string[];
    readonly expected: string;
  }[];
  readonly logs: readonly VectorLog[];
  readonly v2_log: { readonly rtmr3_events: readonly VectorEvent[]; readonly rtmr3_full: string };
  readonly log_mutations: {
    readonly cases: readonly {
      readonly name: string;
      readonly events: readonly VectorEvent[];
      readonly register: string;
      readonly replayed: string | null;
      readonly verdict: "accept" | "reject";
    }[];
  };
  readonly mr_config_id: readonly {
    readonly version: number;
    readonly mr_config_id: string;
    readonly compose_hash?: string;
    readonly app_id?: string;
    readonly key_provider?: string;
    readonly key_provider_id?: string;
    readonly document?: string;
  }[];
  readonly kms: {
    readonly fixture: VectorKms & {
      readonly kms_ca_spki: string;
      readonly bootstrap_binding: { readonly report_data: string };
    };
    readonly synthetic: VectorKms;
    readonly negatives: readonly {
      readonly name: string;
      readonly signature: string;
      readonly digest: string;
      readonly recovers: string | null;
    }[];
  };
}

/** The known answers of dstack; undefined, with a printed reason, where they are not at hand. */
export const dstackVectors = sharedVectors<DstackVectors>("dstack.json");
