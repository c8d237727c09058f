import { GatewayError } from "../errors/index.ts";
import type { HttpRequest } from "./http-message.ts";

export interface RequestBodyOptions {
  /** Most bytes accepted; one more is `payload_too_large`. */
  readonly maxBytes: number;
  /** Time for the whole body. Milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Reads a whole request body and calls `done` once: with the body, or with `payload_too_large`, `request_timeout` or
 * `cancelled`. Nothing is read beyond the limit; a declared length over it is refused before a byte is read. The body
 * is attacker-controlled.
 */
export function readRequestBody(
  request: HttpRequest,
  options: RequestBodyOptions,
  done: (error: GatewayError | undefined, body: Buffer) => void,
): void {
  const { maxBytes } = options;
  const tooLarge = (): GatewayError =>
    new GatewayError("payload_too_large", `Request body too large. Maximum: ${maxBytes} bytes`);
  if (Number(request.headers["content-length"]) > maxBytes) {
    done(tooLarge(), EMPTY);
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  const settle = (error: GatewayError | undefined): void => {
    clearTimeout(timer);
    request.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
    // A stream without a listener must not throw when the connection breaks after the answer.
    request.on("error", ignore);
    if (error !== undefined) {
      request.pause();
      done(error, EMPTY);
    } else {
      done(undefined, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length));
    }
  };
  const onData = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > maxBytes) settle(tooLarge());
    else chunks.push(chunk);
  };
  const onEnd = (): void => settle(undefined);
  const onClose = (): void => settle(new GatewayError("cancelled", "The caller left before its request was complete"));
  const timer = setTimeout(() => {
    settle(new GatewayError("request_timeout", `Request body did not arrive within ${options.timeoutMs} ms`));
  }, options.timeoutMs);
  request.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
}

const EMPTY = Buffer.alloc(0);

function ignore(): void {}
