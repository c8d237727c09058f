import { parseEvidenceList } from "@countersign/client/gpu";
import { CheckFailure } from "@countersign/client/verdict";
import { certificatePem } from "@countersign/client/x509";
import { describe, expect, it } from "vitest";
import { makeAuthority } from "./support/authority.ts";

const { certificate } = makeAuthority({ commonName: "x" });
const base64 = (value: Uint8Array | string): string => Buffer.from(value).toString("base64");
const pem = certificatePem(certificate);
const entry = { certificate: base64(pem + pem), evidence: base64(Uint8Array.of(1, 2, 3)), arch: "HOPPER" };
const nonce = "ab".repeat(32);
const expected = { architecture: "HOPPER", report: Uint8Array.of(1, 2, 3), certificates: [certificate, certificate] };

function refusal(value: unknown): string {
  try {
    parseEvidenceList(value);
  } catch (error) {
    if (error instanceof CheckFailure && error.malformed) return error.message;
    throw error;
  }
  return "accepted";
}

describe("evidence lists", () => {
  it("are read as proxies ship them", () => {
    const list = { nonce, evidence_list: [entry, { ...entry, arch: undefined }], arch: "HOPPER" };
    const { devices, statedNonces } = parseEvidenceList(JSON.stringify(list));
    expect(devices).toEqual([expected, expected]);
    expect(statedNonces).toEqual([new Uint8Array(32).fill(0xab)]);
  });

  it("are read as NVIDIA's SDK writes them", () => {
    const { devices, statedNonces } = parseEvidenceList([{ ...entry, nonce: nonce.toUpperCase(), driverVersion: "1" }]);
    expect(devices).toEqual([expected]);
    expect(statedNonces).toEqual([new Uint8Array(32).fill(0xab)]);
    expect(parseEvidenceList("[]").devices).toEqual([]);
  });

  it("are read with CRLF in the PEM text", () => {
    const crlf = { ...entry, certificate: base64(pem.replaceAll("\n", "\r\n")) };
    expect(parseEvidenceList([crlf]).devices[0]?.certificates).toEqual([certificate]);
  });

  it.each([
    ["no JSON", "{"],
    ["a number", 7],
    ["null", null],
    ["no list", { nonce }],
    ["too many entries", Array.from({ length: 33 }, () => entry)],
    ["an entry that is none", [null]],
    ["no architecture", [{ ...entry, arch: undefined }]],
    ["an architecture that is no name", [{ ...entry, arch: "<b>" }]],
    ["no evidence", [{ ...entry, evidence: undefined }]],
    ["evidence that is not base64", [{ ...entry, evidence: "AQ_D" }]],
    ["base64 with white space", [{ ...entry, evidence: "AQID\n" }]],
    ["base64 with bits left over", [{ ...entry, evidence: "AQJ=" }]],
    ["evidence above the limit", [{ ...entry, evidence: "AAAA".repeat(21_847) }]],
    ["evidence one byte above the limit", [{ ...entry, evidence: base64(new Uint8Array(65_537)) }]],
    ["a chain that is no PEM", [{ ...entry, certificate: base64("hello") }]],
    ["a chain that is no text", [{ ...entry, certificate: base64(Uint8Array.of(0xff, 0xfe)) }]],
    ["too many certificates", [{ ...entry, certificate: base64(pem.repeat(9)) }]],
    ["a nonce of another length", [{ ...entry, nonce: "ab" }]],
    ["a nonce that is no text", { nonce: 1, evidence_list: [entry] }],
  ])("are refused for %s", (_, value) => {
    expect(refusal(value)).not.toBe("accepted");
  });

  it("never quote what they refuse", () => {
    const secret = "c2VjcmV0LXNlY3JldA";
    expect(refusal([{ ...entry, evidence: `${secret}!` }])).not.toContain(secret);
    expect(refusal(`{"${secret}`)).not.toContain(secret);
  });
});
