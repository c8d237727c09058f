/** Longer names are no typing errors of ours, and the distance costs time in their square. */
const LONGEST_NAME = 64;

/** The known name a person most likely meant, by edit distance and without regard to case; undefined if none is near. */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  if (unknown === "" || unknown.length > LONGEST_NAME) return undefined;
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(unknown.length / 3)) + 1;
  for (const name of known) {
    const distance = editDistance(unknown.toLowerCase(), name.toLowerCase());
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), row by row of its table. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const next = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = cell(last, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1);
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      next.push(
        Math.min(
          replaced,
          cell(last, column) + 1,
          cell(next, column - 1) + 1,
          swapped ? cell(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [beforeLast, last] = [last, next];
  }
  return cell(last, right.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
