import { sharedVectors } from "../../support/shared-vectors.ts";

interface ReportDataRow {
  readonly name: string;
  readonly spki: string;
  readonly binding_hex: string;
  readonly gpu_evidence_hex?: string;
  readonly report_data: string;
}

/** The parts of the known answers that these tests read. Hex is lower case. */
export interface RatlsVectors {
  readonly spki: readonly { readonly name: string; readonly spki_der: string; readonly sha256: string }[];
  readonly report_data: {
    readonly vectors: readonly ReportDataRow[];
    readonly wrong_implementations: readonly {
      readonly name: string;
      readonly compare_with: string;
      readonly report_data: string;
    }[];
    readonly by_construction_collisions: readonly {
      readonly name: string;
      readonly binding_hex_a?: string;
      readonly report_data: string;
    }[];
  };
  readonly exporter: {
    readonly vectors: readonly {
      readonly hash: "sha256" | "sha384";
      readonly exporter_master_secret: string;
      readonly label: string;
      readonly context_hex: string;
      readonly length: number;
      readonly output: string;
    }[];
  };
  readonly der: {
    readonly oids: readonly { readonly oid: string; readonly der_hex: string }[];
    readonly extensions: readonly {
      readonly name: string;
      readonly oid: string;
      readonly value_hex: string;
      readonly extension_der_hex: string;
    }[];
  };
  readonly gpu: {
    readonly nonces: readonly { readonly name: string; readonly nonce: string }[];
    readonly envelope: { readonly encoding_hex: string; readonly sha256: string };
  };
  readonly dstack_report_data: { readonly spki: string; readonly report_data: string };
  readonly synthetic_tdx_quote: {
    readonly sha256: string;
    readonly fields: Readonly<Record<string, readonly [number, number, string]>>;
  };
}

export const vectors = sharedVectors<RatlsVectors>("ra-tls.json");

/** The SPKI of the vectors' key with this name. */
export function spkiOf(name: string): Uint8Array {
  const row = vectors?.spki.find((entry) => entry.name === name);
  if (row === undefined) throw new Error(`no key ${name}`);
  return hex(row.spki_der);
}

export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
