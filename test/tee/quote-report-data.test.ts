import { describe, expect, it } from "vitest";
import { quoteReportData } from "../../src/tee/index.ts";
import { sharedFile, sharedVectors } from "../support/shared-vectors.ts";
import { hex, type QuoteLayout, REPORT_DATA, unsignedQuote } from "./quote-fixture.ts";

describe("report_data of a quote", () => {
  it.each<QuoteLayout>(["v4 TD 1.0", "v5 TD 1.0", "v5 TD 1.5"])("is found in %s", (layout) => {
    expect(hex(quoteReportData(unsignedQuote(REPORT_DATA, layout)))).toBe(hex(REPORT_DATA));
  });

  it.each<QuoteLayout>(["v4 TD 1.0", "v5 TD 1.0", "v5 TD 1.5"])("is refused at every length that cuts %s", (layout) => {
    const quote = unsignedQuote(REPORT_DATA, layout);
    for (let length = 0; length < quote.length - 100; length++) {
      expect(() => quoteReportData(quote.subarray(0, length))).toThrow("[tee.malformed]");
    }
    expect(quoteReportData(quote.subarray(0, quote.length - 100))).toHaveLength(64);
  });

  it.each([
    ["version 3", 0, 3, "[tee.unsupported] quote version 3"],
    ["SGX", 4, 0, "[tee.unsupported] the quote is not one of TDX"],
  ])("is not looked for in a quote of %s", (_name, offset, byte, message) => {
    const quote = unsignedQuote(REPORT_DATA);
    quote[offset] = byte;
    expect(() => quoteReportData(quote)).toThrow(message);
  });

  it("is not looked for where body type and size disagree, or the type is unknown", () => {
    const quote = unsignedQuote(REPORT_DATA, "v5 TD 1.0");
    quote[50] = 0x49;
    expect(() => quoteReportData(quote)).toThrow("[tee.malformed]");
    quote[48] = 1;
    expect(() => quoteReportData(quote)).toThrow("[tee.unsupported] quote body type 1");
  });

  const report = sharedVectors<{ quote: string; report_data: string }>("tdx/quote-report.json");
  it.skipIf(report === undefined)("is the recorded one in a genuine quote of version 4", () => {
    expect(hex(quoteReportData(Buffer.from(report?.quote ?? "", "hex")))).toBe(report?.report_data);
  });

  const outdated = sharedFile("tdx/tdx_quote_outdated");
  it.skipIf(outdated === undefined)("is found in a genuine quote of version 5", () => {
    const quote = outdated ?? new Uint8Array();
    expect(hex(quoteReportData(quote))).toBe(hex(quote.subarray(574, 638)));
  });
});
