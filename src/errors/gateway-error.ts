import { type ErrorCode, errorClass } from "./error-code.ts";

/** What an engine said about its own error, kept where it is safe to pass on. */
export interface EngineErrorFields {
  /** HTTP status of the engine. */
  readonly status: number;
  /** The engine's `type`. */
  readonly type?: string;
  /** The engine's `param`: a plain scalar. */
  readonly param?: string | number | null;
  /** The engine's `code`: a plain scalar. */
  readonly code?: string | number | null;
}

export interface GatewayErrorOptions extends ErrorOptions {
  /** Field or parameter at fault, as the caller wrote it. */
  readonly param?: string;
  /** For `engine_rejected` and `engine_failed`. */
  readonly engine?: EngineErrorFields;
  /** Overrides the code's default. Seconds. */
  readonly retryAfterSeconds?: number;
  /** For `model_not_loaded`: the model's state. */
  readonly modelState?: string;
  /** For `method_not_allowed`: the methods that are. */
  readonly allow?: string;
}

/**
 * An error a caller sees. `message` says what was wrong and what would fix it, and never holds content, tokens or
 * keys. `cause` is for the log and never reaches a caller.
 */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly engine: EngineErrorFields | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly modelState: string | undefined;
  readonly allow: string | undefined;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.param = options.param;
    this.engine = options.engine;
    this.retryAfterSeconds = options.retryAfterSeconds ?? errorClass(code).retryAfterSeconds;
    this.modelState = options.modelState;
    this.allow = options.allow;
  }

  /** HTTP status: the engine's own where it answered with an error, else that of the code. */
  get status(): number {
    return this.engine?.status ?? errorClass(this.code).status;
  }

  /** Any thrown value as a GatewayError: itself, or `internal` with the value as cause. */
  static from(thrown: unknown): GatewayError {
    if (thrown instanceof GatewayError) return thrown;
    return new GatewayError("internal", "Internal server error", { cause: thrown });
  }
}
