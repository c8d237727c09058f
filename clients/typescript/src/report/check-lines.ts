import { CHECKS, type Check } from "../verdict/index.ts";
import { fold } from "./fold.ts";
import { oneLine } from "./one-line.ts";
import type { Palette } from "./palette.ts";

/** Least room for the text beside the columns; a narrower terminal folds the lines itself. Characters. */
const LEAST_TEXT = 30;
const OUTCOME_WIDTH = 6;

interface Layout {
  readonly palette: Palette;
  /** Characters of a line. */
  readonly width: number;
  /** Characters of the longest id. */
  readonly idWidth: number;
}

/**
 * One check: symbol, outcome, id, cause; then what would fix it, if anything needs fixing. The symbol tells whether the
 * verdict can stand: a skip that was required has the same cross as a failure.
 */
export function checkLines(check: Check, { palette, width, idWidth }: Layout): string[] {
  const { symbol, paint } = markOf(check, palette);
  const indent = " ".repeat(2 + 2 + OUTCOME_WIDTH + 2 + idWidth + 2);
  const room = Math.max(LEAST_TEXT, width - indent.length);
  const needed = check.outcome === "skip" && check.required ? "required, and not made: " : "";
  const [first = "", ...more] = fold(oneLine(`${needed}${check.cause}`), room);
  const head = `${paint(`${symbol} ${check.outcome.padEnd(OUTCOME_WIDTH)}`)}  ${oneLine(check.id).padEnd(idWidth)}  `;
  const remedy = needsRemedy(check) ? remedyLines(check, room) : [];
  return [
    `  ${head}${first}`,
    ...more.map((line) => indent + line),
    ...remedy.map((line) => indent + palette.dim(line)),
  ];
}

function markOf({ outcome, required }: Check, palette: Palette): { symbol: string; paint: (text: string) => string } {
  switch (outcome) {
    case "pass":
      return { symbol: "✓", paint: palette.green };
    case "waived":
      return { symbol: "!", paint: palette.yellow };
    case "skip":
      return required ? { symbol: "✗", paint: palette.red } : { symbol: "-", paint: palette.dim };
    case "fail":
      return { symbol: "✗", paint: palette.red };
  }
}

function needsRemedy({ outcome, required }: Check): boolean {
  return outcome === "fail" || outcome === "waived" || (outcome === "skip" && required);
}

function remedyLines({ id, remedy }: Check, room: number): string[] {
  const who = Object.hasOwn(CHECKS, id) ? ` (${CHECKS[id].responsible})` : "";
  if (remedy === undefined) return [];
  return fold(oneLine(`→ ${remedy}${who}`), room).map((line, index) => (index === 0 ? line : `  ${line}`));
}
