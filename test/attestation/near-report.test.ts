import { describe, expect, it } from "vitest";
import { reportData } from "../../src/attestation/index.ts";
import { sharedVectors } from "../support/shared-vectors.ts";

interface NearVectors {
  readonly report_data: {
    readonly vectors: readonly {
      readonly name: string;
      readonly signing_address_bytes: string;
      readonly nonce: string;
      readonly spki_sha256: string | null;
      readonly report_data: string;
    }[];
  };
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const vectors = sharedVectors<NearVectors>("near.json");

describe.skipIf(vectors === undefined)("report data of attestation reports", () => {
  it.each(vectors?.report_data.vectors ?? [])("$name", (vector) => {
    const tlsFingerprint = vector.spki_sha256 === null ? undefined : bytes(vector.spki_sha256);
    const made = reportData(bytes(vector.signing_address_bytes), { nonce: bytes(vector.nonce), tlsFingerprint });
    expect(Buffer.from(made).toString("hex")).toBe(vector.report_data);
  });
});
