import type { ErrorCode } from "./error-code.ts";

/**
 * The one error this package throws. Its message reads `[code] what was wrong and what would fix it` and holds no
 * prompts, completions, tokens or keys; `cause` keeps the error underneath, for logs.
 */
export class CountersignError extends Error {
  override readonly name: string = "CountersignError";
  /** Which check failed, or which way the call failed. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(`[${code}] ${message}`, options);
    this.code = code;
  }
}
