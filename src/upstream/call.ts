import type { UpstreamCall, UpstreamHandler, UpstreamTimeouts } from "./interface.ts";
import type { RequestMessage } from "./request-message.ts";
import { notScheduled, type TimerWheel, ticksUntil, type WheelEntry } from "./timer-wheel.ts";
import { UpstreamError, type UpstreamErrorCode } from "./upstream-error.ts";
import type { UpstreamHeaders } from "./upstream-headers.ts";

/** What a call needs from the connection that carries it. */
export interface CallCarrier {
  destroy(): void;
  pause(): void;
  resume(): void;
}

/** Who started the call. */
export interface CallOwner {
  /** The call ends without a connection: forget it if it waits for one. */
  withdraw(call: Call): void;
  /** The call has ended. */
  settled(): void;
}

/** One request and its response: the limits that run, and the promise of exactly one terminal event. */
export class Call implements UpstreamCall, WheelEntry {
  tick: number = notScheduled;
  /** Kept while the request may still have to be sent, or sent again. */
  message: RequestMessage | undefined;
  carrier: CallCarrier | undefined;
  paused = false;

  readonly #handler: UpstreamHandler;
  readonly #timeouts: UpstreamTimeouts;
  readonly #wheel: TimerWheel;
  readonly #owner: CallOwner;
  readonly #totalDue: number;
  #phase: "connect" | "head" | "body" | "ended" = "connect";
  /** Tick at which the limit of the phase started to run. */
  #since: number;

  constructor(
    message: RequestMessage,
    handler: UpstreamHandler,
    timeouts: UpstreamTimeouts,
    wheel: TimerWheel,
    owner: CallOwner,
  ) {
    this.message = message;
    this.#handler = handler;
    this.#timeouts = timeouts;
    this.#wheel = wheel;
    this.#owner = owner;
    this.#since = wheel.now();
    this.#totalDue = this.#since + ticksUntil(timeouts.totalMs);
    wheel.schedule(this, this.#due());
  }

  get ended(): boolean {
    return this.#phase === "ended";
  }

  get headSeen(): boolean {
    return this.#phase === "body";
  }

  abort(): void {
    this.stop("aborted", "the call was aborted by its caller");
  }

  pause(): void {
    if (this.ended || this.paused) return;
    this.paused = true;
    this.carrier?.pause();
  }

  resume(): void {
    if (this.ended || !this.paused) return;
    this.paused = false;
    if (this.#phase !== "connect") this.#enter(this.#phase);
    this.carrier?.resume();
  }

  /** Waits for a connection (again): the call moved to a fresh one. */
  connecting(): void {
    this.#enter("connect");
  }

  /** The request goes out, or has gone out completely: either starts the wait for the response head. */
  awaitHead(): void {
    if (!this.headSeen) this.#enter("head");
  }

  /** A read brought bytes. */
  touch(): void {
    if (this.headSeen) this.#since = this.#wheel.now();
  }

  head(status: number, headers: UpstreamHeaders): void {
    this.#enter("body");
    this.#handler.onHead(status, headers);
  }

  body(chunk: Buffer): void {
    this.#handler.onBody(chunk);
    if (!this.ended) this.#handler.onReadEnd?.();
  }

  end(): void {
    if (this.#settle()) this.#handler.onEnd();
  }

  fail(error: UpstreamError): void {
    if (this.#settle()) this.#handler.onError(error);
  }

  /** Ends the call from this side and destroys its connection. */
  stop(code: UpstreamErrorCode, reason: string): void {
    if (this.ended) return;
    const carrier = this.carrier;
    if (carrier === undefined) this.#owner.withdraw(this);
    else carrier.destroy();
    this.fail(new UpstreamError(code, reason));
  }

  onDue(now: number): void {
    const due = this.#due();
    if (due > now) {
      this.#wheel.schedule(this, due);
      return;
    }
    const { connectMs, firstByteMs, idleMs, totalMs } = this.#timeouts;
    if (this.#totalDue <= now) {
      this.stop("total_timeout", `the call took longer than ${totalMs} ms`);
    } else if (this.#phase === "connect") {
      this.stop("connect_timeout", `there was no connection to the engine within ${connectMs} ms`);
    } else if (this.#phase === "head") {
      this.stop("first_byte_timeout", `there was no response head within ${firstByteMs} ms of the request`);
    } else {
      this.stop("idle_timeout", `the response made no progress for ${idleMs} ms`);
    }
  }

  #enter(phase: "connect" | "head" | "body" | "ended"): void {
    this.#phase = phase;
    this.#since = this.#wheel.now();
    this.#wheel.schedule(this, this.#due());
  }

  /** The tick at which the first of the limits that run now is over. */
  #due(): number {
    const { connectMs, firstByteMs, idleMs } = this.#timeouts;
    if (this.#phase === "connect") return Math.min(this.#since + ticksUntil(connectMs), this.#totalDue);
    if (this.paused) return this.#totalDue;
    return Math.min(this.#since + ticksUntil(this.headSeen ? idleMs : firstByteMs), this.#totalDue);
  }

  #settle(): boolean {
    if (this.ended) return false;
    this.#phase = "ended";
    this.#wheel.cancel(this);
    this.message = undefined;
    this.carrier = undefined;
    this.#owner.settled();
    return true;
  }
}
