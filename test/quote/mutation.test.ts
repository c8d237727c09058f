import { describe, expect, test } from "vitest";
import { lengthFields } from "../support/simulated-platform/index.ts";
import { type Accepted, acceptedSamples, harmless, isAccepted, type Mutation, mutated } from "./support/mutation.ts";
import { askOracle } from "./support/oracle.ts";

/** Of every byte of quote and collateral, how many are broken here; the nightly fuzz run breaks all, bit by bit. */
const STRIDE = 97;

/** Bytes that give the rest its form: headers, lengths, the edges of fields, the punctuation of the container. */
function structural({ quote, collateral }: Accepted): Pick<Mutation, "part" | "position">[] {
  const fields = lengthFields(quote).flatMap(({ offset, bytes }) =>
    Array.from({ length: bytes }, (_, at) => offset + at),
  );
  const header = Array.from({ length: 48 }, (_, position) => position);
  const punctuation = [...collateral.keys()].filter((position) => {
    const opens = collateral[position] === 0x22 && collateral[position + 1] === 0x3a;
    return opens || collateral[position] === 0x7b || position === collateral.length - 1;
  });
  return [
    ...[...new Set([...header, ...fields, quote.length - 1])].map((position) => ({ part: "quote", position }) as const),
    ...punctuation.filter((_, index) => index % 3 === 0).map((position) => ({ part: "collateral", position }) as const),
  ];
}

/** Every STRIDE-th byte with one bit of it, the bit moving on from one to the next. */
function strided(sample: Accepted): Mutation[] {
  return (["quote", "collateral"] as const).flatMap((part) =>
    Array.from({ length: Math.ceil(sample[part].length / STRIDE) }, (_, index) => ({
      part,
      position: index * STRIDE,
      mask: 1 << (index % 8),
    })),
  );
}

describe.each(acceptedSamples())("the $name platform", (sample) => {
  test("is accepted as it is, also by the foreign library", async () => {
    expect(await isAccepted(sample)).toBe(true);
    const text = Buffer.from(sample.collateral).toString("latin1");
    expect(askOracle(sample.quote, text, sample.now, sample.root).accepted).toBe(true);
  });

  test("is refused with any byte changed", async () => {
    const mutations = [
      ...strided(sample),
      ...structural(sample).map((place, index) => ({ ...place, mask: 1 << (index % 8) })),
    ];
    const wrong: Mutation[] = [];
    for (const mutation of mutations) {
      if ((await isAccepted(mutated(sample, mutation))) && harmless(sample, mutation) === undefined)
        wrong.push(mutation);
    }
    expect(wrong).toEqual([]);
  });

  test.each([
    ["quote", "\n", 0x0a ^ 0x0d, "white space in PEM"],
    ["quote", "\n", 0x0a ^ 0x20, "white space in PEM"],
    ["quote", "\n\0", 0x20, "terminator of the PEM text"],
    ["collateral", "\\n", 0x6e ^ 0x72, "white space in PEM"],
    ["collateral", "a", 0x20, "case of hexadecimal digits"],
  ] as const)("is accepted with what is documented as harmless: %s, %j ^ %d", async (part, find, mask, reason) => {
    const bytes = Buffer.from(sample[part]);
    const start =
      part === "quote" ? bytes.indexOf("-----BEGIN") : bytes.indexOf(find === "a" ? '"pck_crl":"' : "_chain");
    const position = bytes.indexOf(find, start + 12) + find.length - 1;
    const mutation = { part, position, mask };
    expect(harmless(sample, mutation)).toBe(reason);
    expect(await isAccepted(mutated(sample, mutation))).toBe(true);
  });
});
