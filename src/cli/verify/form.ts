/** What `--help` prints of one form; the options every form takes are added to it. */
export interface FormHelp {
  /** Usage line and explanation, ending in a line feed. */
  readonly about: string;
  /** Its own options, one or more lines each, ending in a line feed. Empty if it has none. */
  readonly options: string;
  /** Command lines without the program's name. */
  readonly examples: readonly string[];
}

/** One form of `countersign verify`. */
export interface Form {
  readonly help: FormHelp;
  /**
   * Verifies and prints the verdict.
   *
   * @returns the exit status
   * @throws UsageError
   */
  run(argv: readonly string[]): Promise<number>;
}
