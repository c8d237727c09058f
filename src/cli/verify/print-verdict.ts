import { renderVerdict, verdictJson } from "@countersign/client/report";
import type { Verdict } from "@countersign/client/verdict";
import { EXIT } from "../exit-status.ts";

/** Characters of a line where the output is no terminal. */
const DEFAULT_WIDTH = 100;
/** Longer lines are hard to read, however wide the terminal is. */
const GREATEST_WIDTH = 140;

/** Prints a verdict, for people or as one JSON document, and says which exit status it has. */
export function printVerdict(verdict: Verdict, asJson: boolean): number {
  const { isTTY, columns = DEFAULT_WIDTH } = process.stdout;
  // https://no-color.org
  const color = isTTY === true && (process.env["NO_COLOR"] ?? "") === "";
  process.stdout.write(
    asJson ? `${verdictJson(verdict)}\n` : renderVerdict(verdict, { color, width: Math.min(columns, GREATEST_WIDTH) }),
  );
  return EXIT_BY_RESULT[verdict.result];
}

const EXIT_BY_RESULT: Readonly<Record<Verdict["result"], number>> = {
  accepted: EXIT.ok,
  rejected: EXIT.rejected,
  malformed: EXIT.malformed,
};
