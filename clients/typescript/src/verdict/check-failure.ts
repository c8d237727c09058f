/**
 * Thrown by a step of a verification to say that its check does not hold. Messages state expected and actual where
 * both are public, and never quote evidence.
 */
export class CheckFailure extends Error {
  override readonly name = "CheckFailure";
  /** What would fix it. */
  readonly remedy: string | undefined;
  /** Whether the input could not be read at all, as opposed to being read and refused. */
  readonly malformed: boolean;

  constructor(cause: string, remedy?: string, options: { readonly malformed?: boolean } = {}) {
    super(cause);
    this.remedy = remedy;
    this.malformed = options.malformed ?? false;
  }

  /** Input that cannot be read. */
  static malformed(cause: string, remedy?: string): CheckFailure {
    return new CheckFailure(cause, remedy, { malformed: true });
  }
}
