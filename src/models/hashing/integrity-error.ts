/** What kept a model's files from being measured, checked or sealed. */
export type IntegrityErrorCode =
  /** There is no such file, or it may not be opened. */
  | "not_found"
  /** It is not what it would have to be: a directory, a pipe, a broken superblock, a size of no whole blocks. */
  | "malformed"
  /** It changed, or another file took its name, while it was read. */
  | "changed"
  /** The operating system refused to read or write. */
  | "io"
  /** What was asked would destroy something or cannot be done reproducibly. */
  | "refused"
  /** A program that was called failed. */
  | "tool"
  /** The caller gave it up. */
  | "aborted";

/** Says what is wrong and, where there is one, what would mend it. Holds names and numbers, never content. */
export class IntegrityError extends Error {
  override readonly name = "IntegrityError";
  readonly code: IntegrityErrorCode;

  constructor(code: IntegrityErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The operating system's name of an error, such as `EACCES`. */
export function errnoOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^E[A-Z0-9]{1,20}$/.test(code) ? code : "unknown error";
}
