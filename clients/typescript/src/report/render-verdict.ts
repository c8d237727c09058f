import type { Verdict } from "../verdict/index.ts";
import { checkLines } from "./check-lines.ts";
import { conclusion } from "./conclusion.ts";
import { factLines } from "./fact-lines.ts";
import { FAMILIES, familyOf } from "./family.ts";
import { fold } from "./fold.ts";
import { oneLine } from "./one-line.ts";
import { createPalette, type Palette } from "./palette.ts";

/** How a verdict is shown. */
export interface RenderOptions {
  /** Whether ANSI colours may be used. */
  readonly color: boolean;
  /** Characters of a line. Digests and other long words stay whole, and may be longer. */
  readonly width: number;
}

const SIMULATED = "SIMULATED TEE: this evidence proves nothing about hardware.";
/** Below this, folding helps nobody. Characters. */
const LEAST_WIDTH = 40;

/**
 * A verdict as people read it: checks by family, each with its cause, and what would fix it where it does not hold; then
 * what the evidence states, what the verdict does not say, and the conclusion. A simulated one says so in its first and
 * its last line. Texts of the verdict that come from the evidence cannot change the report around them.
 *
 * @returns lines that each end in a line feed
 */
export function renderVerdict(verdict: Verdict, options: RenderOptions): string {
  const palette = createPalette(options.color);
  const width = Math.max(LEAST_WIDTH, options.width);
  const banner = verdict.simulated ? [palette.bold(palette.yellow(SIMULATED))] : [];
  const sections = [
    [palette.bold(oneLine(`${verdict.subject} under the policy "${verdict.policy}" at ${verdict.at}`))],
    ...checkSections(verdict, palette, width),
    factSection(verdict, palette),
    noteSection(verdict, palette, width),
    conclusionLines(verdict, palette, width),
  ].filter((lines) => lines.length > 0);
  return `${[
    ...banner,
    ...sections
      .map((lines) => lines.join("\n"))
      .join("\n\n")
      .split("\n"),
    ...banner,
  ].join("\n")}\n`;
}

function checkSections({ checks }: Verdict, palette: Palette, width: number): string[][] {
  const idWidth = Math.max(0, ...checks.map(({ id }) => id.length));
  return FAMILIES.map((family) => {
    const members = checks.filter(({ id }) => familyOf(id) === family);
    if (members.length === 0) return [];
    return [palette.bold(family), ...members.flatMap((check) => checkLines(check, { palette, width, idWidth }))];
  });
}

function factSection({ facts, result }: Verdict, palette: Palette): string[] {
  if (Object.keys(facts).length === 0) return [];
  const heading = palette.bold(result === "accepted" ? "facts" : "facts, as the evidence states them; not proven");
  return [heading, ...factLines(facts)];
}

function noteSection({ notes }: Verdict, palette: Palette, width: number): string[] {
  if (notes.length === 0) return [];
  const lines = notes.flatMap((note) =>
    fold(oneLine(note), width - 4).map((line, index) => (index === 0 ? `  - ${line}` : `    ${line}`)),
  );
  return [palette.bold("notes"), ...lines];
}

function conclusionLines(verdict: Verdict, palette: Palette, width: number): string[] {
  const accepted = verdict.result === "accepted";
  const paint = !accepted ? palette.red : verdict.simulated ? palette.yellow : palette.green;
  const mark = accepted ? "✓" : "✗";
  return fold(oneLine(`${mark} ${conclusion(verdict)}`), width).map((line) => palette.bold(paint(line)));
}
