import { DerError, DerReader } from "@countersign/client/der";
import { describe, expect, test } from "vitest";

function read(tag: number, text: string): number {
  return new DerReader(Uint8Array.from([tag, text.length, ...Buffer.from(text, "latin1")])).time("time");
}
const utcTime = (text: string): number => read(0x17, text);
const generalizedTime = (text: string): number => read(0x18, text);

describe("a UTCTime", () => {
  test.each([
    ["180521104500Z", "2018-05-21T10:45:00Z"],
    ["491231235959Z", "2049-12-31T23:59:59Z"],
    ["500101000000Z", "1950-01-01T00:00:00Z"],
    ["991231235959Z", "1999-12-31T23:59:59Z"],
    ["000229120000Z", "2000-02-29T12:00:00Z"],
  ])("%s is %s", (text, expected) => {
    expect(utcTime(text)).toBe(Date.parse(expected) / 1000);
  });
});

describe("a GeneralizedTime", () => {
  test.each([
    ["20501231235959Z", "2050-12-31T23:59:59Z"],
    ["99991231235959Z", "9999-12-31T23:59:59Z"],
    ["20240229000000Z", "2024-02-29T00:00:00Z"],
    ["01000101000000Z", "0100-01-01T00:00:00Z"],
  ])("%s is %s", (text, expected) => {
    expect(generalizedTime(text)).toBe(Date.parse(expected) / 1000);
  });
});

describe("a time is refused", () => {
  test.each([
    ["without seconds", "1805211045Z"],
    ["without Z", "180521104500"],
    ["with an offset", "180521104500+0000"],
    ["in lower case", "180521104500z"],
    ["with another character", "18052110450xZ"],
    ["with a sign", "-80521104500Z"],
    ["with a space", "18052110450 Z"],
    ["empty", ""],
    ["in February 30", "180230104500Z"],
    ["in February 29 of a common year", "190229104500Z"],
    ["in April 31", "190431104500Z"],
    ["in month 0", "180021104500Z"],
    ["in month 13", "181321104500Z"],
    ["on day 0", "180500104500Z"],
    ["on day 32", "180532104500Z"],
    ["at hour 24", "180521240000Z"],
    ["at minute 60", "180521106000Z"],
    ["at second 60", "180521104560Z"],
  ])("%s", (_, text) => {
    expect(() => utcTime(text)).toThrow(DerError);
    expect(() => generalizedTime(`20${text}`)).toThrow(DerError);
  });

  test.each([
    ["with a fraction", "20180521104500.5Z"],
    ["in a century that was no leap year", "21000229000000Z"],
    ["before the year 100", "00500101000000Z"],
  ])("%s", (_, text) => {
    expect(() => generalizedTime(text)).toThrow(DerError);
  });

  test("in another type", () => {
    expect(() => read(0x0c, "180521104500Z")).toThrow(DerError);
  });
});
