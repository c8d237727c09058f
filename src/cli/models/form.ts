/** One form of `countersign models`. */
export interface Form {
  /** What its `--help` prints. */
  readonly help: string;
  /**
   * Does it and prints what came of it.
   *
   * @returns the exit status
   * @throws UsageError, IntegrityError
   */
  run(argv: readonly string[]): Promise<number>;
}
