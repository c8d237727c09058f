import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { describe, expect, it } from "vitest";
import { MessageWriter } from "../../src/wire/index.ts";
import { seededRandom } from "../support/seeded-random.ts";

/** A field as protobuf's own reader finds it. */
type Field = readonly [number, number | string | Field[]];

/** Reads a message: varints, and length-delimited fields as text or, for the numbers in `nested`, as messages. */
function read(bytes: Uint8Array, nested: readonly number[] = []): Field[] {
  const reader = new BinaryReader(bytes);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.Varint) fields.push([number, Number(reader.uint64())]);
    else if (nested.includes(number)) fields.push([number, read(reader.bytes(), nested)]);
    else fields.push([number, Buffer.from(reader.bytes()).toString("utf8")]);
  }
  return fields;
}

function written(write: (writer: MessageWriter) => void, nested: readonly number[] = [], headroom = 32): Field[] {
  const writer = new MessageWriter(headroom);
  writer.reset();
  write(writer);
  return read(writer.view.subarray(headroom), nested);
}

/** Lengths around which the encoding changes: of varints, of the short path for text, of the buffer. */
const LENGTHS = [0, 1, 41, 42, 43, 84, 126, 127, 128, 129, 4000, 4095, 4096, 5000, 16_383, 16_384, 16_385, 2_097_152];

describe("text", () => {
  it.each(["x", "é", "✓", "😀", "\ud800", "a😀", "\0"])("of %j at every critical length is read back", (unit) => {
    for (const length of LENGTHS) {
      const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      const expected = text.toWellFormed();
      const fields = written((writer) => {
        writer.string(1, text);
        writer.string(15, "end");
      });
      if (
        JSON.stringify(fields) !==
        JSON.stringify([
          [1, expected],
          [15, "end"],
        ])
      )
        throw new Error(`length ${length}`);
    }
  });
});

describe("numbers", () => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 28, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 35, 2 ** 49, 2 ** 53 - 1])(
    "%i is read back",
    (value) => {
      expect(written((writer) => writer.uint(3, value))).toEqual([[3, value]]);
    },
  );
});

describe("nested messages", () => {
  it("of every critical length are read back", () => {
    for (const length of LENGTHS.filter((size) => size < 100_000)) {
      const fields = written(
        (writer) => {
          const start = writer.begin(1);
          writer.bytes(2, Buffer.alloc(length, "x"));
          writer.end(start);
          writer.uint(3, 7);
        },
        [1],
      );
      expect(fields).toEqual([
        [1, [[2, "x".repeat(length)]]],
        [3, 7],
      ]);
    }
  });

  it("inside each other make room for their lengths at the very end of the buffer", () => {
    const LEVELS = 12;
    for (let length = 3950; length < 4100; length++) {
      let expected: Field[] = [[2, "x".repeat(length)]];
      const fields = written(
        (writer) => {
          const starts = Array.from({ length: LEVELS }, () => writer.begin(1));
          writer.bytes(2, Buffer.alloc(length, "x"));
          for (const start of starts.reverse()) writer.end(start);
        },
        [1],
      );
      for (let level = 0; level < LEVELS; level++) expected = [[1, expected]];
      if (JSON.stringify(fields) !== JSON.stringify(expected)) throw new Error(`length ${length}`);
    }
  });

  it("inside each other, empty and long, give what a tree of random messages holds", () => {
    const random = seededRandom(127);
    const NESTED = [4, 5];
    const make = (writer: MessageWriter, depth: number): Field[] => {
      const fields: Field[] = [];
      for (let count = random.below(5); count > 0; count--) {
        const kind = random.below(depth > 3 ? 2 : 3);
        if (kind === 0) {
          const value = random.pick([0, 1, 127, 128, 300, 2 ** 40 + 5]);
          writer.uint(1, value);
          fields.push([1, value]);
        } else if (kind === 1) {
          const text = random.pick(["x", "é😀"]).repeat(random.pick([0, 1, 14, 15, 42, 43, 60, 200, 6000]));
          writer.string(2, text);
          fields.push([2, text]);
        } else {
          const number = random.pick(NESTED);
          const start = writer.begin(number);
          const inner = make(writer, depth + 1);
          writer.end(start);
          fields.push([number, inner]);
        }
      }
      return fields;
    };
    const writer = new MessageWriter(32);
    for (let round = 0; round < 1500; round++) {
      writer.reset();
      const expected = make(writer, 0);
      expect(writer.empty).toBe(expected.length === 0);
      const found = read(writer.view.subarray(32), NESTED);
      if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`round ${round}`);
    }
  });
});

describe("the buffer", () => {
  it("leaves its headroom alone and begins anew after a reset, also after a large message", () => {
    const writer = new MessageWriter(32);
    for (const size of [3, 5_000_000, 7]) {
      writer.reset();
      expect([writer.empty, writer.view.length]).toEqual([true, 32]);
      writer.view.fill(0xaa);
      writer.string(1, "x".repeat(size));
      expect(writer.empty).toBe(false);
      expect(writer.view.subarray(0, 32).every((byte) => byte === 0xaa)).toBe(true);
      expect(read(writer.view.subarray(32))).toEqual([[1, "x".repeat(size)]]);
    }
  });

  it("keeps no large memory for small messages", () => {
    const writer = new MessageWriter(0);
    writer.bytes(1, Buffer.alloc(3 << 20));
    expect(writer.view.buffer.byteLength).toBeGreaterThan(3 << 20);
    writer.reset();
    writer.uint(1, 1);
    expect(writer.view.buffer.byteLength).toBeLessThan(1 << 20);
  });

  it("works without headroom", () => {
    expect(written((writer) => writer.uint(1, 1), [], 0)).toEqual([[1, 1]]);
  });
});
