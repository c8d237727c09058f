import { stem, wordsOf } from "./language/index.ts";
import { digestWord, mixWords } from "./random.ts";

/**
 * Embeds a text by hashing its words, word pairs and letter trigrams into `native` dimensions with signs, cut to
 * `dimensions` and normalised: texts with shared words or roots point in similar directions. Deterministic.
 */
export function embedText(text: string, native: number, dimensions: number): Float32Array {
  const vector = new Float64Array(native);
  for (const [feature, weight] of featuresOf(text)) {
    const word = digestWord(feature);
    for (let probe = 0; probe < 2; probe += 1) {
      const hash = mixWords(word, probe);
      const place = hash % native;
      vector[place] = (vector[place] ?? 0) + ((hash >>> 16) & 1 ? weight : -weight);
    }
  }
  return normalise(vector.subarray(0, dimensions));
}

/** The cosine of two unit vectors of the same length, from -1 to 1. */
export function cosine(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

function featuresOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (feature: string, weight: number): void => {
    counts.set(feature, (counts.get(feature) ?? 0) + weight);
  };
  const lower = text.toLowerCase();
  const content = wordsOf(lower).map(stem);
  content.forEach((word, index) => {
    add(`word ${word}`, 1);
    if (index > 0) add(`pair ${content[index - 1]} ${word}`, 0.4);
    const padded = `^${word}$`;
    for (let at = 0; at + 3 <= padded.length; at += 1) add(`letters ${padded.slice(at, at + 3)}`, 0.25);
  });
  // Texts of nothing but stop words or signs still differ from one another.
  for (const piece of lower.match(/\S+/g) ?? []) add(`piece ${piece}`, 0.15);
  return new Map(Array.from(counts, ([feature, weight]) => [feature, Math.sqrt(weight)]));
}

function normalise(vector: Float64Array): Float32Array {
  const norm = Math.hypot(...vector);
  if (norm > 0) return Float32Array.from(vector, (value) => value / norm);
  const unit = new Float32Array(vector.length);
  unit[0] = 1;
  return unit;
}
