import { type SeededRandom, seededRandom } from "../../test/support/seeded-random.ts";

/** Values that lengths, counts and characters go wrong with. */
const BYTES = [
  0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xff, 0x1f, 0x30, 0x0a, 0x20, 0x22, 0x2c, 0x3a, 0x5b, 0x5c, 0x7b,
];
/** Largest input that mutation makes. Bytes: a little above every parser's own limit would only repeat one refusal. */
const MAX_BYTES = 64 * 1024;
/** Most changes to one input. */
const MAX_CHANGES = 6;
/** Of how many inputs one is nothing but noise. */
const NOISE = 50;

type Change = (input: Uint8Array, random: SeededRandom, seeds: readonly Uint8Array[]) => Uint8Array;

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const overwrite =
  (choose: (before: number, random: SeededRandom) => number): Change =>
  (input, random) => {
    const copy = input.slice();
    if (copy.length === 0) return copy;
    const position = random.below(copy.length);
    copy[position] = choose(copy[position] ?? 0, random);
    return copy;
  };

/** A range of up to 64 bytes, rarely of any length. */
function range({ length }: Uint8Array, random: SeededRandom): readonly [start: number, end: number] {
  const start = random.below(length + 1);
  const most = random.once(8) ? length - start : Math.min(64, length - start);
  return [start, start + random.below(most + 1)];
}

const CHANGES: readonly Change[] = [
  overwrite((before, random) => before ^ (1 << random.below(8))),
  overwrite((_, random) => random.below(256)),
  overwrite((_, random) => random.pick(BYTES)),
  overwrite((before, random) => before + (random.once(2) ? 1 : 255)),
  // Cut.
  (input, random) => input.slice(0, random.below(input.length + 1)),
  // Leave out, repeat, and fill a range.
  (input, random) => {
    const [start, end] = range(input, random);
    return joined(input.subarray(0, start), input.subarray(end));
  },
  (input, random) => {
    const [start, end] = range(input, random);
    return joined(input.subarray(0, end), input.subarray(start));
  },
  (input, random) => {
    const [start, end] = range(input, random);
    return input.slice().fill(random.pick(BYTES), start, end);
  },
  // Put in.
  (input, random) => {
    const [start] = range(input, random);
    const inserted = Uint8Array.from({ length: random.below(8) }, () => random.below(256));
    return joined(input.subarray(0, start), inserted, input.subarray(start));
  },
  // A range of another well-formed input in place of this one's.
  (input, random, seeds) => {
    const other = random.pick(seeds);
    const [start, end] = range(other, random);
    const [at] = range(input, random);
    return joined(
      input.subarray(0, at),
      other.subarray(start, end),
      input.subarray(random.once(2) ? at : Math.min(at + end - start, input.length)),
    );
  },
];

/** `count` inputs made from well-formed ones; the same for the same seed and the same well-formed inputs. */
export function* mutations(seeds: readonly Uint8Array[], count: number, seed: number): Generator<Uint8Array> {
  const random = seededRandom(seed);
  for (let made = 0; made < count; made++) {
    if (random.once(NOISE)) {
      yield Uint8Array.from({ length: random.below(300) }, () => random.below(256));
      continue;
    }
    let input = random.pick(seeds);
    for (let changes = 1 + random.below(MAX_CHANGES); changes > 0; changes--) {
      input = random.pick(CHANGES)(input, random, seeds).subarray(0, MAX_BYTES);
    }
    yield input;
  }
}

/** Every input that differs from a well-formed one in a single bit. */
export function* everyBit(seeds: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const seed of seeds) {
    for (let bit = 0; bit < 8 * seed.length; bit++) {
      const copy = seed.slice();
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      yield copy;
    }
  }
}
