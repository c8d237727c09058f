import { causeKind, causeRank, plainCause } from "./root-cause.ts";

/** Lines kept: the latest, and apart from them the latest that name an error, which a flood must not wash away. */
const MAX_LINES = 400;
const MAX_CAUSES = 16;

/** The end of an engine's output, bounded whatever the engine writes. */
export class OutputTail {
  readonly #lines: string[] = [];
  #next = 0;
  readonly #causes: string[] = [];
  #weakCause: string | undefined;
  #lastLine: string | undefined;
  #serving = false;

  /**
   * The engine serves from now on: what it writes may repeat what callers sent, so nothing of it is kept but what kind of
   * error it names.
   */
  serve(): void {
    this.#serving = true;
    this.#lines.length = 0;
    this.#causes.length = 0;
    this.#weakCause = undefined;
    this.#lastLine = undefined;
  }

  add(line: string): void {
    if (this.#serving) {
      const kind = causeRank(line) === 2 ? causeKind(line) : undefined;
      if (kind !== undefined) this.#causes[0] = kind;
      return;
    }
    if (this.#lines.length < MAX_LINES) this.#lines.push(line);
    else this.#lines[this.#next % MAX_LINES] = line;
    this.#next++;
    this.#lastLine = line;
    const rank = causeRank(line);
    if (rank === 1) this.#weakCause = line;
    if (rank < 2) return;
    this.#causes.push(line);
    if (this.#causes.length > MAX_CAUSES) this.#causes.shift();
  }

  /** At most 400 lines of at most 4 KiB, oldest first. None once the engine serves. */
  lines(): readonly string[] {
    const start = this.#lines.length < MAX_LINES ? 0 : this.#next % MAX_LINES;
    return [...this.#lines.slice(start), ...this.#lines.slice(0, start)];
  }

  /** The line, or kind of error, that most likely says why the engine failed; undefined if there is none. */
  rootCause(): string | undefined {
    const line = this.#causes.at(-1) ?? this.#weakCause ?? this.#lastLine;
    return line === undefined ? undefined : plainCause(line);
  }
}
