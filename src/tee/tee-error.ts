/** What can go wrong with a platform's sources, as a closed set. */
export type TeeErrorCode =
  /** No socket or directory of a platform was found where one is configured or usual. */
  | "tee.absent"
  /** The source did not answer in time. */
  | "tee.timeout"
  /** The source could not be reached, or broke off. */
  | "tee.unreachable"
  /** The source refused the request. */
  | "tee.refused"
  /** The source's answer is not what its interface promises. */
  | "tee.malformed"
  /** The source answered for other bytes than were asked, or handed out what must not be used. */
  | "tee.mismatch"
  /** The source does not offer this. */
  | "tee.unsupported"
  /** The caller gave up. */
  | "tee.cancelled";

/**
 * A failure of a quote, key, collateral or device source. The message names the source, the field and the reason; it
 * never holds a quote, a key or what the source said.
 */
export class TeeError extends Error {
  override readonly name = "TeeError";
  readonly code: TeeErrorCode;

  constructor(code: TeeErrorCode, message: string, options?: ErrorOptions) {
    super(`[${code}] ${message}`, options);
    this.code = code;
  }
}
