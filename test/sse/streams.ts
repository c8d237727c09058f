import type { SeededRandom } from "../support/seeded-random.ts";

const LINE_ENDS = ["\n", "\r\n", "\r"];
const LINES = [
  'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"hé✓😀"}}]}',
  "data:no space",
  "data:  two spaces",
  "data",
  "data:",
  "data: ",
  "data: [DONE]",
  "event: error",
  "event:",
  "event",
  "event: message",
  ": a comment",
  ":",
  "id: 7",
  "retry: 10",
  "datax: no",
  "dat: no",
  "Data: no",
  " data: no",
  "data : no",
  "data: colon: inside",
  "é: ✓",
  "x",
];

/** A stream of random lines with all three line ends mixed, blank lines between, cut anywhere at its end. */
export function randomStream(random: SeededRandom): Buffer {
  let text = "";
  for (let line = random.below(12); line >= 0; line--) {
    text += random.pick(LINES) + random.pick(LINE_ENDS);
    while (random.once(2)) text += random.pick(LINE_ENDS);
  }
  const bytes = Buffer.from(text);
  return random.once(3) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}

/** The stream in reads of random lengths, some of them empty. */
export function randomReads(stream: Buffer, random: SeededRandom): Buffer[] {
  const reads: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const length = random.below(random.pick([2, 4, 40]) + 1);
    reads.push(stream.subarray(at, at + length));
    at += length;
  }
  return reads;
}

/** Feeds reads the way a socket does: each in the same buffer, which the next one overwrites. */
export function feedReads(reads: readonly Buffer[], feed: (chunk: Buffer) => boolean): boolean {
  const buffer = Buffer.alloc(Math.max(1, ...reads.map(({ length }) => length)));
  return reads.every((read) => {
    buffer.fill(0xff);
    read.copy(buffer);
    return feed(buffer.subarray(0, read.length));
  });
}
