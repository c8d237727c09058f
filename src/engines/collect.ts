import { GatewayError } from "../errors/index.ts";
import type { UpstreamError, UpstreamHandler, UpstreamHeaders } from "../upstream/index.ts";
import { engineAnswerError, engineTransportError, MAX_ERROR_BODY_BYTES } from "./engine-error.ts";
import type { EnginePool, EngineRequest } from "./engine-pool.ts";

/** A whole answer of an engine with a status of success. */
export interface EngineAnswer {
  readonly status: number;
  readonly headers: UpstreamHeaders;
  readonly body: Buffer;
}

/** Gathers one answer in memory up to a limit. */
class AnswerCollector implements UpstreamHandler {
  readonly #maxBytes: number;
  readonly #done: (error: GatewayError | undefined, answer: EngineAnswer | undefined) => void;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #status = 0;
  #headers: UpstreamHeaders | undefined;
  /** Set by the owner; ends the call when the answer grows too large. */
  abort: () => void = () => {};
  #settled = false;

  constructor(maxBytes: number, done: (error: GatewayError | undefined, answer: EngineAnswer | undefined) => void) {
    this.#maxBytes = maxBytes;
    this.#done = done;
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onBody(chunk: Uint8Array): void {
    this.#length += chunk.length;
    const isError = this.#status >= 300;
    if (this.#length > (isError ? MAX_ERROR_BODY_BYTES : this.#maxBytes)) {
      if (isError) this.onEnd();
      else this.#settle(new GatewayError("engine_protocol", `The engine's answer is over ${this.#maxBytes} bytes`));
      this.abort();
      return;
    }
    this.#chunks.push(Buffer.from(chunk));
  }

  onEnd(): void {
    const body = Buffer.concat(this.#chunks);
    if (this.#headers === undefined) return;
    if (this.#status >= 300) this.#settle(engineAnswerError(this.#status, this.#headers, body));
    else this.#settle(undefined, { status: this.#status, headers: this.#headers, body });
  }

  onError(error: UpstreamError): void {
    this.#settle(engineTransportError(error));
  }

  #settle(error: GatewayError | undefined, answer?: EngineAnswer): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#done(error, answer);
  }
}

/**
 * Sends a request and resolves with the whole answer. Rejects with a GatewayError: the engine's own error, a failure of
 * the connection, an answer over `maxBytes`, or `cancelled` when `signal` aborts, which ends the engine's work at once.
 */
export function collect(
  engines: EnginePool,
  request: EngineRequest,
  maxBytes: number,
  signal: AbortSignal,
): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new GatewayError("cancelled", "The call was cancelled"));
      return;
    }
    const onAbort = (): void => call.abort();
    const collector = new AnswerCollector(maxBytes, (error, answer) => {
      signal.removeEventListener("abort", onAbort);
      if (answer === undefined) reject(error);
      else resolve(answer);
    });
    const call = engines.send(request, collector);
    collector.abort = () => call.abort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
