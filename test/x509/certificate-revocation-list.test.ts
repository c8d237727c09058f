import { DerError } from "@countersign/client/der";
import { CheckFailure } from "@countersign/client/verdict";
import {
  isRevoked,
  parseCertificateRevocationList,
  type RevocationRules,
  verifyRevocationList,
} from "@countersign/client/x509";
import { describe, expect, test } from "vitest";
import {
  basicConstraints,
  buildRevocationList,
  type CertificateExtension,
  crlNumber,
  keyUsage,
  type RevocationListFields,
} from "../../src/certificates/index.ts";
import { der } from "../../src/der/index.ts";
import { current } from "../quote/support/genuine.ts";
import { CA, DAY, issue, LEAF, NOW, nameOf } from "./support/issue.ts";

const root = issue("Root", CA);
const leaf = issue("Leaf", LEAF, root);
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

const build = (changes: Partial<RevocationListFields> = {}): Uint8Array =>
  buildRevocationList({
    issuerName: root.certificate.subject.encoded,
    thisUpdate: NOW - DAY,
    nextUpdate: NOW + DAY,
    revoked: [],
    extensions: [crlNumber(1)],
    signer: { privateKey: root.privateKey, hash: "sha256" },
    ...changes,
  });

const listing = (...serials: Uint8Array[]) => ({
  revoked: serials.map((serial) => ({ serial, revokedAt: NOW - 2 * DAY })),
});
const extended = (oid: string, critical: boolean, value = der.integer(1)): Partial<RevocationListFields> => {
  const extension: CertificateExtension = { oid, critical, value };
  return { extensions: [crlNumber(1), extension] };
};

const judge = (list: Uint8Array, changes: Partial<RevocationRules> = {}) =>
  verifyRevocationList(parseCertificateRevocationList(list), { issuer: root.certificate, now: NOW, ...changes });

describe("a revocation list", () => {
  test("is read", () => {
    const list = parseCertificateRevocationList(build(listing(bytes("05"), bytes("0080"))));
    expect(list.issuer.commonName).toBe("Root");
    expect(list.thisUpdate).toBe(NOW - DAY);
    expect(list.nextUpdate).toBe(NOW + DAY);
    expect(list.revokedSerials.map((serial) => Buffer.from(serial).toString("hex"))).toEqual(["05", "0080"]);
  });

  test.runIf(current)("of Intel's is read", () => {
    const { pck_crl = "", root_ca_crl = "" } = JSON.parse(current?.collateral ?? "{}") as Record<string, string>;
    const list = parseCertificateRevocationList(bytes(pck_crl));
    expect(list.issuer.commonName).toBe("Intel SGX PCK Platform CA");
    // The sample's end of validity, as its description says.
    expect(list.nextUpdate).toBe(1_752_919_235);
    expect(list.revokedSerials.length).toBeGreaterThan(10);
    expect(parseCertificateRevocationList(bytes(root_ca_crl)).revokedSerials).toEqual([]);
  });

  test("holds to the last second, at both ends, and within the leeway", async () => {
    for (const now of [NOW - DAY, NOW + DAY]) await expect(judge(build(), { now })).resolves.toBeUndefined();
    await expect(judge(build(), { now: NOW - DAY - 1 })).rejects.toThrow("not valid yet");
    await expect(judge(build(), { now: NOW + DAY + 1 })).rejects.toThrow("expired");
    for (const now of [NOW - DAY - 5, NOW + DAY + 5]) {
      await expect(judge(build(), { now, skewSeconds: 5 })).resolves.toBeUndefined();
      await expect(judge(build(), { now, skewSeconds: 4 })).rejects.toThrow(CheckFailure);
    }
  });

  test("tells the serial numbers it lists from all others", () => {
    const { serial } = leaf.certificate;
    const has = (...serials: Uint8Array[]) =>
      isRevoked(parseCertificateRevocationList(build(listing(...serials))), leaf.certificate);
    expect(has()).toBe(false);
    expect(has(bytes("05"), serial, bytes("06"))).toBe(true);
    expect(has(serial.subarray(0, -1))).toBe(false);
    expect(has(Uint8Array.from([...serial.subarray(0, -1), (serial.at(-1) ?? 0) ^ 1]))).toBe(false);
  });

  test("says nothing about certificates of another issuer, even of the same serial number", () => {
    const list = parseCertificateRevocationList(build(listing(leaf.certificate.serial)));
    const foreign = issue("Leaf", LEAF, issue("Other", CA), { serial: leaf.certificate.serial });
    expect(() => isRevoked(list, foreign.certificate)).toThrow(CheckFailure);
  });
});

describe("a revocation list does not count", () => {
  const weak = issue("Root", [keyUsage("keyCertSign"), basicConstraints({ ca: true })]);
  const other = issue("Root", CA);

  test.each([
    ["of another CA", build({ issuerName: nameOf("Other") }), "another CA"],
    [
      "of a CA of the same name",
      build({ signer: { privateKey: other.privateKey, hash: "sha256" } }),
      "does not verify",
    ],
    ["without an end", build({ nextUpdate: undefined }), "until when"],
    ["with an unknown critical extension", build(extended("1.2.3.4", true)), "1.2.3.4"],
    ["of changes only", build(extended("2.5.29.27", true)), "complete"],
    ["of changes only, not marked critical", build(extended("2.5.29.27", false)), "complete"],
    ["for some certificates only", build(extended("2.5.29.28", true, der.sequence())), "complete"],
    [
      "for some certificates only, not marked critical",
      build(extended("2.5.29.28", false, der.sequence())),
      "complete",
    ],
  ])("%s", async (_, list, message) => {
    await expect(judge(list)).rejects.toThrow(CheckFailure);
    await expect(judge(list)).rejects.toThrow(message);
  });

  test("of a CA that may not sign lists", async () => {
    const list = build({ signer: { privateKey: weak.privateKey, hash: "sha256" } });
    await expect(judge(list, { issuer: weak.certificate })).rejects.toThrow("may not sign revocation lists");
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("at %d", async (now) => {
    await expect(judge(build(), { now })).rejects.toThrow("not a number");
  });
});

describe("a revocation list is refused as malformed", () => {
  const entry = (...parts: Uint8Array[]) => der.sequence(der.integer(5), der.time(NOW), ...parts);
  const entryExtension = (critical: boolean) =>
    der.sequence(
      der.sequence(der.oid("2.5.29.29"), ...(critical ? [der.boolean(true)] : []), der.octetString(der.sequence())),
    );
  /** A list whose middle is as it is given. */
  const raw = (revoked: readonly Uint8Array[], version = der.integer(1), behind: readonly Uint8Array[] = []) => {
    const algorithm = bytes("300a06082a8648ce3d040302");
    const number = der.sequence(der.sequence(der.oid("2.5.29.20"), der.octetString(der.integer(1))));
    const signed = der.sequence(
      version,
      algorithm,
      nameOf("Root"),
      der.time(NOW),
      der.time(NOW + DAY),
      ...revoked,
      der.context(0, number),
      ...behind,
    );
    return der.sequence(signed, algorithm, der.bitString(bytes("3006020105020105")));
  };

  test("never for the form of these tests: the same made well is read", () => {
    expect(parseCertificateRevocationList(raw([])).revokedSerials).toEqual([]);
    const reasons = raw([der.sequence(entry(), entry(entryExtension(false)))]);
    expect(parseCertificateRevocationList(reasons).revokedSerials).toHaveLength(2);
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["garbage", bytes("deadbeef")],
    ["a certificate", leaf.certificate.encoded],
    ["with a byte behind", Uint8Array.from([...build(), 0])],
    ["of version 1", raw([], der.integer(0))],
    ["of no version", raw([], new Uint8Array(0))],
    ["with an empty list of certificates", raw([der.sequence()])],
    // RFC 5280, 5.3.3: the entry is for a certificate of another issuer.
    ["with a critical entry extension", raw([der.sequence(entry(entryExtension(true)))])],
    ["with something behind an entry", raw([der.sequence(entry(entryExtension(false), der.integer(1)))])],
    ["with something behind its extensions", raw([], der.integer(1), [der.integer(1)])],
    ["larger than 1 MiB", new Uint8Array(1024 * 1024 + 1)],
  ])("%s", (_, list) => {
    expect(() => parseCertificateRevocationList(list)).toThrow(DerError);
  });

  test("in any place it is cut", () => {
    const list = build(listing(bytes("05")));
    for (let length = 0; length < list.length; length++) {
      expect(() => parseCertificateRevocationList(list.subarray(0, length))).toThrow(DerError);
    }
  });
});
