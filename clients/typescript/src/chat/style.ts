/** How lines are set apart in a terminal. */
export interface Style {
  /** Of minor importance. */
  dim(text: string): string;
  /** A failure. */
  red(text: string): string;
}

/** ANSI colours (ECMA-48, SGR), or none. */
export function createStyle(isColoured: boolean): Style {
  const wrap = (code: number) => (text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { dim: wrap(2), red: wrap(31) };
}
