/** How parts of a report are set apart. */
export interface Palette {
  /** What holds. */
  green(text: string): string;
  /** What does not. */
  red(text: string): string;
  /** What needs a person's eye: waivers, simulation. */
  yellow(text: string): string;
  bold(text: string): string;
  /** Of minor importance. */
  dim(text: string): string;
}

/** ANSI colours (ECMA-48, SGR), or none. */
export function createPalette(color: boolean): Palette {
  const wrap = (code: number) => (text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { green: wrap(32), red: wrap(31), yellow: wrap(33), bold: wrap(1), dim: wrap(2) };
}
