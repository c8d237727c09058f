import type { UpstreamError, UpstreamHandler, UpstreamHeaders, UpstreamTimeouts } from "../../src/upstream/index.ts";

/** Limits long enough never to matter unless something hangs; then the call ends with `total_timeout` and the test fails. */
export const patient: UpstreamTimeouts = { connectMs: 0, firstByteMs: 0, idleMs: 0, totalMs: 10_000 };

/** What a handler was told. */
export class Recorder implements UpstreamHandler {
  /** Before the call was sent: no limit of it can have started to run earlier. */
  readonly startedAt = performance.now();
  /** Kinds of events in order, body pieces of one read counted once. */
  readonly events: string[] = [];
  status: number | undefined;
  headers: UpstreamHeaders | undefined;
  error: UpstreamError | undefined;
  /** Resolves at the terminal event. */
  readonly done: Promise<this>;
  /** Resolves at the head. */
  readonly headSeen: Promise<this>;
  onBodySeen: ((chunk: Uint8Array) => void) | undefined;

  readonly #pieces: Buffer[] = [];
  #resolveDone: (self: this) => void = () => undefined;
  #resolveHead: (self: this) => void = () => undefined;

  constructor() {
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
    this.headSeen = new Promise((resolve) => {
      this.#resolveHead = resolve;
    });
  }

  get body(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  get bodyLength(): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  /** Terminal events; anything but 1 after `done` is an error of the client. */
  get terminals(): number {
    return this.events.filter((event) => event === "end" || event === "error").length;
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    this.events.push("head");
    this.status = status;
    this.headers = headers;
    this.#resolveHead(this);
  }

  onBody(chunk: Uint8Array): void {
    this.events.push("body");
    this.#pieces.push(Buffer.from(chunk));
    this.onBodySeen?.(chunk);
  }

  onReadEnd(): void {
    this.events.push("read-end");
  }

  onEnd(): void {
    this.events.push("end");
    this.#resolveDone(this);
  }

  onError(error: UpstreamError): void {
    this.events.push("error");
    this.error = error;
    this.#resolveDone(this);
  }
}
