import { contextTag, DerError, DerReader, readSingle, TAG } from "@countersign/client/der";
import { describe, expect, test } from "vitest";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
const reader = (text: string): DerReader => new DerReader(bytes(text));

describe("an element", () => {
  test("is read with its exact bytes and offsets", () => {
    const outer = reader("02 01 05 04 02 ab cd");
    outer.element("first");
    expect(outer.offset).toBe(3);
    const { tag, content, encoded, offset, contentOffset } = outer.element("second");
    expect({ tag, content: hex(content), encoded: hex(encoded), offset, contentOffset }).toEqual({
      tag: TAG.octetString,
      content: "abcd",
      encoded: "0402abcd",
      offset: 3,
      contentOffset: 5,
    });
    expect(outer.done).toBe(true);
  });

  test.each([
    [0x7f, "04 7f"],
    [0x80, "04 81 80"],
    [0xff, "04 81 ff"],
    [0x100, "04 82 01 00"],
    [0x10000, "04 83 01 00 00"],
  ])("of %d bytes has the minimal length", (length, header) => {
    const input = new Uint8Array(bytes(header).length + length);
    input.set(bytes(header));
    expect(new DerReader(input).octetString("octets")).toHaveLength(length);
  });

  test.each([
    ["nothing", ""],
    ["a tag alone", "04"],
    ["a length beyond the end", "04 02 ab"],
    ["a long length beyond the end", "04 82 01 00 ab"],
    ["a length that ends early", "04 82 01"],
    ["a long form for a short length", "04 81 05 0102030405"],
    ["a length with a zero in front", `04 82 00 80 ${"00".repeat(0x80)}`],
    ["an indefinite length", "30 80 02 01 05 00 00"],
    ["a length of five bytes", "04 85 00 00 00 00 01 ab"],
    ["the reserved length", "04 ff ab"],
    ["a length of almost 2^32", "04 84 ff ff ff ff ab"],
    ["a tag of several bytes", "1f 81 00 00"],
  ])("is refused as %s", (_, input) => {
    expect(() => reader(input).element("element")).toThrow(DerError);
  });
});

describe("what is read", () => {
  test("must be all there is", () => {
    expect(readSingle(bytes("30 03 02 01 05"), TAG.sequence, "sequence").smallInteger("number")).toBe(5);
    expect(() => readSingle(bytes("30 03 02 01 05 00"), TAG.sequence, "sequence")).toThrow(DerError);
    const inner = readSingle(bytes("30 06 02 01 05 02 01 06"), TAG.sequence, "sequence");
    inner.smallInteger("number");
    expect(() => inner.end("sequence")).toThrow("sequence: bytes after the last element at byte 5");
  });

  test("must have the type that is expected", () => {
    expect(() => reader("04 01 05").smallInteger("number")).toThrow("number: another type than expected at byte 0");
    expect(reader("04 01 05").optional(TAG.integer, "number")).toBeUndefined();
    expect(reader("a3 03 02 01 05").constructed(contextTag(3, "constructed"), "third").smallInteger("number")).toBe(5);
    expect(contextTag(0, "primitive")).toBe(0x80);
  });
});

describe("an integer", () => {
  test.each([
    ["02 01 00", 0],
    ["02 01 7f", 127],
    ["02 02 00 80", 128],
    ["02 02 01 00", 256],
    ["02 06 7f ff ff ff ff ff", 0x7fff_ffff_ffff],
  ])("%s is %d", (input, value) => {
    expect(reader(input).smallInteger("number")).toBe(value);
  });

  test.each([
    ["empty", "02 00"],
    ["with a zero too many", "02 02 00 7f"],
    ["with ones too many", "02 02 ff 80"],
    ["negative", "02 01 80"],
    ["of seven bytes", "02 07 01 00 00 00 00 00 00"],
  ])("%s is refused", (_, input) => {
    expect(() => reader(input).smallInteger("number")).toThrow(DerError);
  });

  test("keeps its bytes, also negative ones", () => {
    expect(hex(reader("02 02 ff 7f").integerBytes("number"))).toBe("ff7f");
  });
});

describe("an object identifier", () => {
  test.each([
    ["06 03 55 04 03", "2.5.4.3"],
    ["06 06 2a 86 48 86 f7 0d", "1.2.840.113549"],
    ["06 0a 2a 86 48 86 f8 4d 01 0d 01 02", "1.2.840.113741.1.13.1.2"],
    ["06 01 27", "0.39"],
    ["06 01 28", "1.0"],
    ["06 01 4f", "1.39"],
    ["06 01 50", "2.0"],
    ["06 02 88 37", "2.999"],
    ["06 03 2a 87 7f", "1.2.1023"],
    // 2^49 - 1 and 2^49: the longest arc read as a number, and the shortest that is not.
    ["06 08 2a ff ff ff ff ff ff 7f", "1.2.562949953421311"],
    ["06 09 2a 81 80 80 80 80 80 80 00", "1.2.562949953421312"],
    // The UUID of the example in X.667, 6.3.
    [
      "06 14 69 83 f0 9d a7 eb cf de e0 c7 a1 a7 b2 c0 94 8c c8 f9 d7 76",
      "2.25.329800735698586629295641978511506172918",
    ],
  ])("%s is %s", (input, dotted) => {
    expect(reader(input).oid("type")).toBe(dotted);
  });

  test.each([
    ["empty", "06 00"],
    ["with an arc that does not end", "06 02 2a 86"],
    ["with a zero in front of an arc", "06 03 2a 80 01"],
    ["with a zero in front of the first arc", "06 02 80 01"],
    ["with an arc of 20 bytes", `06 15 2a ${"ff".repeat(19)} 7f`],
    ["of 65 bytes", `06 41 ${"2a".repeat(65)}`],
  ])("%s is refused", (_, input) => {
    expect(() => reader(input).oid("type")).toThrow(DerError);
  });
});

describe("a boolean", () => {
  test("is 00 or ff", () => {
    expect(reader("01 01 ff").boolean("flag")).toBe(true);
    expect(reader("01 01 00").boolean("flag")).toBe(false);
    for (const input of ["01 01 01", "01 00", "01 02 ff ff"])
      expect(() => reader(input).boolean("flag")).toThrow(DerError);
  });
});

test("a bit string has whole bytes", () => {
  expect(hex(reader("03 03 00 ab cd").bitString("bits"))).toBe("abcd");
  for (const input of ["03 00", "03 02 01 80", "03 02 08 00"])
    expect(() => reader(input).bitString("bits")).toThrow(DerError);
});
