import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DerReader, TAG } from "../../clients/typescript/src/der/index.ts";
import {
  decodeGpuEnvelope,
  dstackReportData,
  encodeGpuEnvelope,
  gpuNonceForDay,
  LEAF_OID,
  minuteText,
  PRIVASYS_EXPORTER_LABEL,
  ratlsReportData,
} from "../../clients/typescript/src/ratls/index.ts";
import { parseExtensions } from "../../clients/typescript/src/x509/index.ts";
import { der } from "../../src/der/index.ts";
import { exporterValue } from "./support/exporter-value.ts";
import { hex, spkiOf, toHex, vectors } from "./support/ratls-vectors.ts";

const SEPTEMBER_4 = Date.UTC(2026, 8, 4, 10, 15, 59, 999) / 1000;
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.skipIf(vectors === undefined)("known answers of RA-TLS", () => {
  const { report_data: reportData, exporter, gpu, der: encodings } = vectors ?? ({} as never);

  it("computes every report data", () => {
    expect(reportData.vectors.length).toBeGreaterThan(10);
    for (const row of reportData.vectors) {
      const gpuEvidence = row.gpu_evidence_hex === undefined ? {} : { gpuEvidence: hex(row.gpu_evidence_hex) };
      const computed = ratlsReportData({ spki: spkiOf(row.spki), binding: hex(row.binding_hex), ...gpuEvidence });
      expect(toHex(computed), row.name).toBe(row.report_data);
    }
  });

  it("computes none of the classic mistakes", () => {
    const right = new Map(reportData.vectors.map((row) => [row.name, row.report_data]));
    for (const row of reportData.wrong_implementations) {
      expect(right.get(row.compare_with), row.name).not.toBe(row.report_data);
    }
  });

  it("makes the binding of the deterministic rows from a moment inside their minute", () => {
    const binding = ascii(minuteText(SEPTEMBER_4));
    expect(toHex(ratlsReportData({ spki: spkiOf("G"), binding }))).toBe(reportData.vectors[0]?.report_data);
    expect(minuteText(Date.UTC(2027, 0, 1) / 1000)).toBe("2027-01-01T00:00Z");
  });

  it("agrees with the exporter's definition", () => {
    for (const row of exporter.vectors) {
      const secret = hex(row.exporter_master_secret);
      expect(toHex(exporterValue(row.hash, secret, row.label, hex(row.context_hex), row.length))).toBe(row.output);
    }
    expect(exporter.vectors.some((row) => row.label === PRIVASYS_EXPORTER_LABEL)).toBe(true);
  });

  it("makes the GPU nonce of a day", () => {
    const nonce = gpu.nonces.find((row) => row.name === "deterministic_day")?.nonce;
    expect(toHex(gpuNonceForDay(SEPTEMBER_4))).toBe(nonce);
  });

  it("reads and writes the GPU envelope", () => {
    const bytes = hex(gpu.envelope.encoding_hex);
    const envelope = decodeGpuEnvelope(bytes);
    expect(envelope).toEqual({
      nonce: gpuNonceForDay(SEPTEMBER_4),
      report: ascii("SPDM"),
      certificates: "PEM",
      cecReport: undefined,
      uuid: "GPU-0",
      driver: "570.00",
      vbios: "96.00",
      ccEnvironment: 2,
      ccFeature: 1,
      devTools: 0,
    });
    expect(toHex(encodeGpuEnvelope(envelope))).toBe(gpu.envelope.encoding_hex);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(gpu.envelope.sha256);
  });

  it("reads object identifiers and extensions byte for byte", () => {
    for (const row of encodings.oids) expect(new DerReader(hex(row.der_hex)).oid("oid")).toBe(row.oid);
    const known = new Set(encodings.oids.map((row) => row.oid));
    for (const oid of [LEAF_OID.tdxQuote, LEAF_OID.gpuEvidence, LEAF_OID.tcgEvidence, LEAF_OID.dstackQuote]) {
      expect(known).toContain(oid);
    }
    for (const row of encodings.extensions) {
      const isWrapped = row.name === "dstack_style_wrapped";
      const value = isWrapped ? der.octetString(hex(row.value_hex)) : hex(row.value_hex);
      const extension = der.sequence(der.oid(row.oid), der.octetString(value));
      expect(toHex(extension)).toBe(row.extension_der_hex);
      const list = new DerReader(der.sequence(extension)).expect(TAG.sequence, "extensions");
      expect(parseExtensions(list).get(row.oid)?.value).toEqual(value);
    }
  });

  it("computes dstack's report data", () => {
    const { spki, report_data: expected } = vectors?.dstack_report_data ?? ({} as never);
    expect(toHex(dstackReportData(spkiOf(spki)))).toBe(expected);
  });
});
