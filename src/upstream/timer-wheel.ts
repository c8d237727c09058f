/** Length of one tick of the coarse clock, in milliseconds. */
export const tickMs = 25;
/** One turn of the wheel is 12.8 s; entries further out are passed over once per turn. */
const slotCount = 512;

/** Something that wants to be looked at later. Holds its own place, so that an entry costs no object of its own. */
export interface WheelEntry {
  /** Tick it waits for, or {@link notScheduled}. Written by the wheel alone. */
  tick: number;
  /** Its tick has come and it is off the wheel; it may schedule itself again. Must not throw. */
  onDue(now: number): void;
}

/** `tick` of an entry that is not on the wheel. */
export const notScheduled = -1;

/**
 * Ticks after which `limitMs` has certainly passed; 0 is never. The clock is read when the timer fires, somewhere within a
 * tick, and that reading is used until it fires again: it may be almost two ticks behind, so two more than the quotient.
 */
export function ticksUntil(limitMs: number): number {
  return limitMs === 0 ? Number.POSITIVE_INFINITY : Math.ceil(limitMs / tickMs) + 2;
}

/**
 * One coarse timer for all limits of a client. Activity only notes the time; the entry stays where it is and works out
 * anew, when its tick comes, whether it is really due. So an event on a stream costs one store, not a timer.
 */
export class TimerWheel {
  readonly #slots: Set<WheelEntry>[] = [];
  #entries = 0;
  #timer: NodeJS.Timeout | undefined;
  #now = 0;
  #swept = 0;

  constructor() {
    for (let slot = 0; slot < slotCount; slot++) this.#slots.push(new Set());
  }

  /** The current tick, read from the clock at most once per tick while anything is scheduled. */
  now(): number {
    if (this.#timer === undefined) this.#now = clock();
    return this.#now;
  }

  /** Looks at `entry` when `tick` has passed. An entry that waits for an earlier tick already stays there. */
  schedule(entry: WheelEntry, tick: number): void {
    if (tick === Number.POSITIVE_INFINITY) return;
    if (entry.tick !== notScheduled) {
      if (entry.tick <= tick) return;
      this.cancel(entry);
    }
    this.#start();
    entry.tick = Math.max(tick, this.#now + 1);
    this.#slot(entry.tick).add(entry);
    this.#entries++;
  }

  /** Takes `entry` off the wheel, if it is on it. */
  cancel(entry: WheelEntry): void {
    if (entry.tick === notScheduled) return;
    this.#slot(entry.tick).delete(entry);
    entry.tick = notScheduled;
    this.#entries--;
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    this.#now = clock();
    this.#swept = this.#now;
    // Sweeping waits for the poll phase that follows: after a busy event loop, bytes already in the kernel count as
    // activity before their connection is judged idle.
    this.#timer = setInterval(() => {
      this.#now = clock();
      setImmediate(() => this.#sweep());
    }, tickMs);
    this.#timer.unref();
  }

  #sweep(): void {
    for (let tick = Math.max(this.#swept + 1, this.#now - slotCount + 1); tick <= this.#now; tick++) {
      for (const entry of this.#slot(tick)) {
        if (entry.tick > this.#now) continue;
        this.cancel(entry);
        entry.onDue(this.#now);
      }
      this.#swept = tick;
    }
    if (this.#entries === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #slot(tick: number): Set<WheelEntry> {
    return this.#slots[tick % slotCount] as Set<WheelEntry>;
  }
}

function clock(): number {
  return Math.floor(performance.now() / tickMs);
}
