/** Longer names are no typing errors of ours, and the distance costs time in their square. */
const longestName = 64;

/**
 * The known name a person most likely meant: one that differs only in case, else the nearest by edit distance when it
 * is near enough, else the only one that ends in the unknown name (`port` for `listen.port` is ambiguous and gives none).
 */
export function suggest(unknown: string, known: readonly string[]): string | undefined {
  if (unknown.length === 0 || unknown.length > longestName) return undefined;
  const lower = unknown.toLowerCase();
  const limit = Math.max(1, Math.floor(unknown.length / 3));
  let nearest: string | undefined;
  let least = limit + 1;
  for (const name of known) {
    const distance = editDistance(lower, name.toLowerCase());
    if (distance < least) [nearest, least] = [name, distance];
  }
  if (nearest !== undefined) return nearest;
  const [only, ...others] = known.filter((name) => name.toLowerCase().endsWith(`.${lower}`));
  return others.length === 0 ? only : undefined;
}

/** A sentence to append to an error, or nothing. */
export function didYouMean(unknown: string, known: readonly string[]): string {
  const name = suggest(unknown, known);
  return name === undefined ? "" : ` Did you mean ${name}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment distance). */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(beforePrevious, column - 2) + 1);
      }
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
