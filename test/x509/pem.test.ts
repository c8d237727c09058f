import { certificatePem, PemError, parsePemCertificates } from "@countersign/client/x509";
import { describe, expect, test } from "vitest";

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7) % 256);
const armoured = (body: string): string => `${BEGIN}\n${body}\n${END}\n`;

describe("PEM", () => {
  test("of any length comes back, in lines of 64", () => {
    for (const length of [1, 2, 3, 47, 48, 49, 1000]) {
      const text = certificatePem(bytes(length));
      expect(parsePemCertificates(text, 1)).toEqual([bytes(length)]);
      const lines = text.trimEnd().split("\n").slice(1, -1);
      expect(lines.join("")).toBe(Buffer.from(bytes(length)).toString("base64"));
      expect(lines.every((line, index) => line.length === 64 || index === lines.length - 1)).toBe(true);
    }
  });

  test("keeps the order, and takes as many as are allowed", () => {
    const text = [1, 2, 3].map((length) => certificatePem(bytes(length))).join("\r\n\t ");
    expect(parsePemCertificates(text, 3).map(({ length }) => length)).toEqual([1, 2, 3]);
    expect(() => parsePemCertificates(text, 2)).toThrow("more than 2 certificates");
  });

  test.each([
    ["nothing", ""],
    ["white space", " \n"],
    ["text in front", `x${armoured("AAAA")}`],
    ["text between", `${armoured("AAAA")}x${armoured("AAAA")}`],
    ["text behind", `${armoured("AAAA")}x`],
    ["a NUL behind", `${armoured("AAAA")}\0`],
    ["a no-break space behind", `${armoured("AAAA")}\u00a0`],
    ["a byte order mark in front", `\ufeff${armoured("AAAA")}`],
    ["a vertical tab behind", `${armoured("AAAA")}\v`],
    ["another label", armoured("AAAA").replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE")],
    ["no end", `${BEGIN}\nAAAA\n`],
    ["a second beginning", `${BEGIN}\n${armoured("AAAA")}`],
    ["headers", armoured("Proc-Type: 4,ENCRYPTED\n\nAAAA")],
    ["no body", armoured("")],
    ["a digit too many", armoured("AAAAA")],
    ["no padding", armoured("AAA")],
    ["padding inside", armoured("AA==AAAA")],
    ["three signs of padding", armoured("A===")],
    ["URL-safe digits", armoured("AA-_")],
    // RFC 4648, 3.5: bits that are left over must be zero, or one certificate had many texts.
    ["bits left over", armoured("AAB=")],
    ["four bits left over", armoured("AB==")],
  ])("is refused with %s", (_, text) => {
    expect(() => parsePemCertificates(text, 3)).toThrow(PemError);
  });
});
