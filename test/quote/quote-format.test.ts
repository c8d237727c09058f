import { createHash } from "node:crypto";
import { MAX_QUOTE_BYTES, parseQuote, quoteBytes } from "@countersign/client/quote";
import { CheckFailure } from "@countersign/client/verdict";
import { describe, expect, test } from "vitest";
import type { QuoteFormat } from "../../src/tee/simulated/platform/index.ts";
import { lengthFields, makePlatform, type PlatformOptions, wrongLengths } from "../support/simulated-platform/index.ts";

const FORMATS: readonly QuoteFormat[] = ["v4", "v5-td10", "v5-td15"];
const sha384 = (text: string): string => createHash("sha384").update(text).digest("hex");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** How parsing refuses the bytes; undefined if it does not. */
function refusal(bytes: Uint8Array): CheckFailure | undefined {
  try {
    parseQuote(bytes);
    return undefined;
  } catch (error) {
    // Anything but a CheckFailure would be a crash.
    if (error instanceof CheckFailure) return error;
    throw error;
  }
}

const isMalformed = (bytes: Uint8Array): boolean => refusal(bytes)?.malformed === true;

describe.each(FORMATS)("a quote of format %s", (format) => {
  const { quote, reportData } = makePlatform({ quote: { format } });

  test("is read through one accessor", () => {
    const { header, body, signedBytes, signatureData } = parseQuote(quote);
    expect(header).toMatchObject({ version: format === "v4" ? 4 : 5, attestationKeyType: 2, teeType: 0x81 });
    expect(body.kind).toBe(format === "v5-td15" ? "TD 1.5" : "TD 1.0");
    expect(signedBytes).toHaveLength({ v4: 632, "v5-td10": 638, "v5-td15": 702 }[format]);
    expect(hex(body.reportData)).toBe(hex(reportData));
    expect(hex(body.mrtd)).toBe(sha384("countersign.simulated.mrtd.v1"));
    expect(hex(body.rtmr2)).toBe(sha384("countersign.simulated.rtmr2.v1"));
    expect(body.teeTcbSvn2 && hex(body.teeTcbSvn2)).toBe(
      format === "v5-td15" ? "0d010300000000000000000000000000" : undefined,
    );
    expect(body.mrservicetd?.length).toBe(format === "v5-td15" ? 48 : undefined);
    expect(signatureData.certificates).toHaveLength(3);
  });

  test("is a view of the input, not a copy", () => {
    expect(parseQuote(quote).signedBytes.buffer).toBe(quote.buffer);
  });

  test("is malformed if cut anywhere", () => {
    const accepted: number[] = [];
    for (let length = 0; length < quote.length; length++)
      if (!isMalformed(quote.subarray(0, length))) accepted.push(length);
    expect(accepted).toEqual([]);
  });

  test("is malformed with any length wrong", () => {
    for (const field of lengthFields(quote)) {
      const results = wrongLengths(quote, field).map(isMalformed);
      expect(results, field.name).toEqual([true, true, true, true]);
    }
  });

  test("may be padded with zeros, and with nothing else", () => {
    const padded = (last: number) => Uint8Array.from([...quote, ...new Uint8Array(99), last]);
    expect(refusal(padded(0))).toBeUndefined();
    expect(isMalformed(padded(1))).toBe(true);
  });
});

describe("a quote", () => {
  const { quote } = makePlatform();

  test("may have 16 KiB, and no more", () => {
    const sized = (length: number) => Uint8Array.from({ length }, (_, index) => quote[index] ?? 0);
    expect(refusal(sized(MAX_QUOTE_BYTES))).toBeUndefined();
    expect(isMalformed(sized(MAX_QUOTE_BYTES + 1))).toBe(true);
  });

  test.each([
    ["version 3", { quote: { header: { version: 3 } } }, "SGX"],
    ["TEE type 0", { quote: { header: { teeType: 0 } } }, "SGX"],
    ["key type 3", { quote: { header: { attestationKeyType: 3 } } }, "key type 3"],
    ["certification type 7", { quote: { certificationType: 7 } }, "type 7"],
    ["inner certification type 1", { quote: { innerCertificationType: 1 } }, "type 1"],
  ] as [string, PlatformOptions, string][])("of %s is refused by name, and not malformed", (_, options, name) => {
    const failure = refusal(makePlatform(options).quote);
    expect(failure?.malformed).toBe(false);
    expect(failure?.message).toContain(name);
  });

  const chained = (text: string) =>
    makePlatform({ quote: { innerCertificationData: new Uint8Array(Buffer.from(text, "latin1")) } }).quote;
  const pem = new TextDecoder().decode(quote.subarray(quote.indexOf(0x2d, 632 + 4 + 590)));
  const text = pem.slice(0, -1);

  test.each([
    ["without the NUL", text, true],
    ["with line ends of two bytes", `${text.replaceAll("\n", "\r\n")}\0`, true],
    ["with blank lines between", `${text.replaceAll("-----\n-----", "-----\n\n \t\n-----")}\0`, true],
    ["with two NULs", `${text}\0\0`, false],
    ["with a NUL between", `${text.replace("-----\n-----", "-----\0-----")}\0`, false],
    ["with text in front", `certificates: ${text}\0`, false],
    ["with text behind", `${text}.\0`, false],
    ["with a no-break space behind", `${text}\u00a0\0`, false],
    ["with a key among them", `${text}-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n\0`, false],
    ["of two certificates", `${text.slice(0, text.lastIndexOf("-----BEGIN"))}\0`, false],
    ["of four certificates", `${text}${text.slice(text.lastIndexOf("-----BEGIN"))}\0`, false],
    ["with a byte order mark in front", `\u00ef\u00bb\u00bf${text}\0`, false],
    ["without an end", `${text.trimEnd().slice(0, -1)}\0`, false],
    ["that is empty", "", false],
    ["that is a NUL", "\0", false],
  ])("whose chain comes %s is told apart", (_, chain, accepted) => {
    expect(refusal(chained(chain))?.malformed).toBe(accepted ? undefined : true);
  });
});

describe("the bytes of a quote", () => {
  const { quote } = makePlatform();
  const digits = hex(quote);

  test.each([
    ["hex", digits],
    ["hex in capitals", digits.toUpperCase()],
    ["hex with a prefix", `0x${digits}`],
    ["hex with white space around", `\n  0x${digits}\r\n`],
    ["hex in lines", digits.replace(/.{64}/g, "$&\n")],
  ])("may come as %s", (_, text) => {
    expect(hex(quoteBytes(text))).toBe(digits);
  });

  test("may come raw", () => {
    expect(quoteBytes(quote)).toBe(quote);
  });

  test.each([
    ["an odd number of digits", digits.slice(1)],
    ["another character", `${digits.slice(0, -1)}g`],
    ["a prefix twice", `0x0x${digits}`],
    ["base64", Buffer.from(quote).toString("base64")],
    ["too many digits", "00".repeat(MAX_QUOTE_BYTES + 1)],
    ["endless white space", " ".repeat(1_000_000)],
  ])("are refused with %s", (_, text) => {
    expect(() => quoteBytes(text)).toThrow(CheckFailure);
  });
});
