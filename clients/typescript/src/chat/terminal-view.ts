import type { Writable } from "node:stream";
import type { AnswerView } from "./answer.ts";
import { printable } from "./printable.ts";
import { createStyle } from "./style.ts";
import { failureLine, verifiedLine } from "./verdict-line.ts";

/** Shows answers to a person: the text as it comes, then one line of verdict. */
export function createTerminalView(output: Writable, isColoured: boolean): AnswerView {
  const style = createStyle(isColoured);
  let isInLine = false;

  function write(text: string): void {
    if (text === "") return;
    output.write(text);
    isInLine = !text.endsWith("\n");
  }

  function line(text: string): void {
    output.write(`${isInLine ? "\n" : ""}${text}\n`);
    isInLine = false;
  }

  return {
    text: (text) => write(printable(text)),
    reasoning: (text) => write(style.dim(printable(text))),
    verified: (seal, keys) => line(style.dim(verifiedLine(seal, keys))),
    failed: (error) => line(style.red(failureLine(error))),
    notice: line,
  };
}
