import { TeeError } from "../tee-error.ts";
import type { FetchedCollateral } from "./fetch-collateral.ts";

/** Keeps collateral by kind of platform. */
export interface CollateralCache {
  /**
   * What is kept under `name` while it is current, else what `load` brings. Callers that ask at once share one load.
   *
   * @throws TeeError that of `load`; `tee.refused` soon after a failure, or if too many kinds are loaded at once
   */
  get(name: string, load: () => Promise<FetchedCollateral>): Promise<FetchedCollateral>;
}

/** One kind of platform. Times are Unix milliseconds. */
interface Slot {
  current: FetchedCollateral | undefined;
  /** From when on a newer one is wanted. */
  refreshAt: number;
  flight: Promise<FetchedCollateral> | undefined;
  /** Failures in a row. */
  failures: number;
  /** No load before. */
  retryAt: number;
}

/** A gateway meets its own kind of platform and those of its upstreams. */
const MAX_SLOTS = 16;
/** Intel re-issues within hours of a TCB recovery, long before nextUpdate. Milliseconds. */
const REFRESH_MS = 24 * 60 * 60 * 1000;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 5 * 60 * 1000;

/** @param now Unix milliseconds */
export function collateralCache(now: () => number): CollateralCache {
  const slots = new Map<string, Slot>();

  const slotOf = (name: string): Slot => {
    const slot = slots.get(name) ?? { current: undefined, refreshAt: 0, flight: undefined, failures: 0, retryAt: 0 };
    // Used last, dropped last. The name comes out of a quote, so there may be any number of them.
    slots.delete(name);
    for (const [oldest, { flight }] of slots) {
      if (slots.size < MAX_SLOTS) break;
      if (flight === undefined) slots.delete(oldest);
    }
    if (slots.size >= MAX_SLOTS) {
      throw new TeeError("tee.refused", "collateral for too many kinds of platform is being fetched at once");
    }
    slots.set(name, slot);
    return slot;
  };

  const fly = async (slot: Slot, load: () => Promise<FetchedCollateral>): Promise<FetchedCollateral> => {
    try {
      const loaded = await load();
      const time = now();
      slot.current = loaded;
      slot.refreshAt = time + Math.min(REFRESH_MS, (loaded.nextUpdate - time) / 2);
      slot.failures = 0;
      return loaded;
    } catch (error) {
      slot.retryAt = now() + Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** slot.failures);
      slot.failures = Math.min(slot.failures + 1, 16);
      throw error;
    } finally {
      slot.flight = undefined;
    }
  };

  const start = (slot: Slot, load: () => Promise<FetchedCollateral>): Promise<FetchedCollateral> => {
    const flight = fly(slot, load);
    slot.flight = flight;
    // A refresh has nobody waiting for it.
    flight.catch(() => undefined);
    return flight;
  };

  return {
    async get(name, load) {
      const slot = slotOf(name);
      const time = now();
      const { current, flight } = slot;
      if (current !== undefined && time < current.nextUpdate) {
        if (flight === undefined && time >= slot.refreshAt && time >= slot.retryAt) start(slot, load);
        return current;
      }
      if (flight !== undefined) return flight;
      if (time < slot.retryAt) {
        const seconds = Math.ceil((slot.retryAt - time) / 1000);
        throw new TeeError("tee.refused", `collateral service: failed just now; not asked again for ${seconds} s`);
      }
      return start(slot, load);
    },
  };
}
