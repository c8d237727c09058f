/** Longest line that is kept; the rest of a longer one is dropped until it ends. Bytes. */
export const MAX_LINE_BYTES = 4096;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** ECMA-48 control sequences and operating-system commands: colours, cursor movements, titles. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal output is what is cleaned here.
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is left of a terminal's controls.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Cuts a program's output into lines, at line feeds and at carriage returns, with which programs redraw their progress.
 * The output is not trusted: it may be of any length, with or without line ends, and is held up to one bounded line.
 */
export class OutputLines {
  readonly #onLine: (line: string) => void;
  readonly #held = Buffer.allocUnsafe(MAX_LINE_BYTES);
  #length = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  feed(bytes: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) continue;
      this.#hold(bytes.subarray(start, at));
      this.end();
      start = at + 1;
    }
    this.#hold(bytes.subarray(start));
  }

  /** Ends the line that is held, if there is one. */
  end(): void {
    if (this.#length === 0) return;
    const line = this.#held.toString("utf8", 0, this.#length).replace(ANSI, "").replace(CONTROLS, "").trimEnd();
    this.#length = 0;
    if (line !== "") this.#onLine(line);
  }

  #hold(bytes: Uint8Array): void {
    const room = MAX_LINE_BYTES - this.#length;
    if (bytes.length === 0 || room === 0) return;
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    this.#held.set(kept, this.#length);
    this.#length += kept.length;
  }
}
