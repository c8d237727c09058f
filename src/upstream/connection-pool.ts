import type { Call } from "./call.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import type { Dial } from "./dial.ts";
import { notScheduled, type TimerWheel, ticksUntil, type WheelEntry } from "./timer-wheel.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Bounds of a pool; see the client's options. */
export interface PoolLimits {
  readonly maxIdleSockets: number;
  readonly idleSocketMs: number;
  readonly maxHeadBytes: number;
  readonly maxConnections: number;
}

/**
 * The connections of one client. Idle ones are used last in, first out: the others then age and are closed, and the one
 * used is the least likely to be closed by the engine at that moment.
 */
export class ConnectionPool implements ConnectionOwner, WheelEntry {
  tick: number = notScheduled;

  readonly #dial: Dial;
  readonly #limits: PoolLimits;
  readonly #wheel: TimerWheel;
  /** In order of release, so the first is always the next to expire. */
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<Call>();
  #connections = 0;
  #closed = false;

  constructor(dial: Dial, limits: PoolLimits, wheel: TimerWheel) {
    this.#dial = dial;
    this.#limits = limits;
    this.#wheel = wheel;
  }

  /** Gives the call a connection: an idle one, a new one, or the first that becomes free. */
  acquire(call: Call): void {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.usable && !this.#expired(connection, this.#wheel.now())) {
        connection.reuse(call);
        return;
      }
      connection.destroy();
    }
    if (this.#connections < this.#limits.maxConnections) this.#open(call);
    else this.#waiting.add(call);
  }

  withdraw(call: Call): void {
    this.#waiting.delete(call);
  }

  /** Closes idle connections now and every other one when its call has ended. */
  close(): void {
    this.#closed = true;
    this.#wheel.cancel(this);
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  release(connection: Connection): void {
    const next = this.#nextWaiting();
    if (next !== undefined) {
      connection.reuse(next);
      return;
    }
    const { maxIdleSockets, idleSocketMs } = this.#limits;
    if (this.#closed || maxIdleSockets === 0 || idleSocketMs === 0) {
      connection.destroy();
      return;
    }
    connection.rest();
    connection.idleSince = this.#wheel.now();
    this.#idle.push(connection);
    this.#wheel.schedule(this, connection.idleSince + ticksUntil(idleSocketMs));
    if (this.#idle.length > maxIdleSockets) this.#idle.shift()?.destroy();
  }

  gone(connection: Connection, heir?: Call): void {
    this.#connections--;
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    heir?.connecting();
    const next = heir ?? this.#nextWaiting();
    if (next !== undefined) this.#open(next);
  }

  onDue(now: number): void {
    let oldest = this.#idle[0];
    while (oldest !== undefined && this.#expired(oldest, now)) {
      oldest.destroy();
      oldest = this.#idle[0];
    }
    if (oldest !== undefined) this.#wheel.schedule(this, oldest.idleSince + ticksUntil(this.#limits.idleSocketMs));
  }

  #open(call: Call): void {
    this.#connections++;
    try {
      new Connection(this, this.#dial, this.#limits.maxHeadBytes, call);
    } catch (cause) {
      // Only a caller's socket factory can throw. Reported later, because `send` never reports from inside.
      process.nextTick(() => {
        call.fail(new UpstreamError("connect_failed", "the socket factory threw an exception", { cause }));
        this.#connections--;
        const next = this.#nextWaiting();
        if (next !== undefined) this.#open(next);
      });
    }
  }

  #expired(connection: Connection, now: number): boolean {
    return connection.idleSince + ticksUntil(this.#limits.idleSocketMs) <= now;
  }

  #nextWaiting(): Call | undefined {
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      return call;
    }
    return undefined;
  }
}
