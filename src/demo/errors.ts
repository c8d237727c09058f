/** What an engine in the manner of vLLM can answer instead of a result. */
export type DemoErrorType =
  | "BadRequestError"
  | "NotFoundError"
  | "MethodNotAllowedError"
  | "PayloadTooLargeError"
  | "ServiceUnavailableError"
  | "InternalServerError";

const STATUS: Readonly<Record<DemoErrorType, number>> = {
  BadRequestError: 400,
  NotFoundError: 404,
  MethodNotAllowedError: 405,
  PayloadTooLargeError: 413,
  InternalServerError: 500,
  ServiceUnavailableError: 503,
};

/** A refusal with the body `{"error":{message,type,param,code}}`. Its text never quotes prompts. */
export class DemoError extends Error {
  override readonly name = "DemoError";
  readonly type: DemoErrorType;
  readonly param: string | null;

  constructor(type: DemoErrorType, message: string, param: string | null = null) {
    super(message);
    this.type = type;
    this.param = param;
  }

  static badRequest(message: string, param: string | null = null): DemoError {
    return new DemoError("BadRequestError", message, param);
  }

  get status(): number {
    return STATUS[this.type];
  }

  toJSON(): object {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.status } };
  }
}
