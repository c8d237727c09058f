/** How far behind `Loading` the numbers of a progress line stand. Characters. */
const MAX_REACH = 300;

/** `Loading model weights ... N%`, and `Loading safetensors checkpoint shards: 54% Completed | 20/37 [...]`. */
const PERCENT = /^Loading (?:model )?weights\D*?(\d{1,9}(?:\.\d{1,9})?)\s*%/i;
const SHARDS = /^Loading (?:safetensors|pt|bin|checkpoint)\b.*?\b(\d{1,9})\/(\d{1,9})\b/i;

/** The share of the weights a line of an engine's output says are loaded, 0 to 1; undefined if it says nothing of it. */
export function progressOf(line: string): number | undefined {
  const start = line.indexOf("Loading ");
  if (start === -1) return undefined;
  const text = line.slice(start, start + MAX_REACH);
  const percent = PERCENT.exec(text);
  if (percent !== null) return clamp(Number(percent[1]) / 100);
  const shards = SHARDS.exec(text);
  if (shards === null) return undefined;
  const [done, total] = [Number(shards[1]), Number(shards[2])];
  return total === 0 ? undefined : clamp(done / total);
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
