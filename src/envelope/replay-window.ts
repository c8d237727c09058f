/** How far a caller's clock may be from the gateway's, either way. Milliseconds; part of the normative text. */
export const CLOCK_WINDOW_MS = 300_000;
/** Requests are forgotten in lots of this much time. Milliseconds. */
const SLOT_MS = 10_000;

/**
 * What became of a request: taken; made too long ago or in the future; opened before; or there is no room to remember
 * it, and what cannot be remembered could come again.
 */
export type Admission = "fresh" | "stale" | "replayed" | "full";

/** The requests that were opened, for as long as they could come again. */
export interface ReplayWindow {
  /** Requests remembered. */
  readonly size: number;
  /**
   * Takes a request that has opened: its `created` is the caller's own word, and nobody else's.
   *
   * @param encapsulatedKey 32 bytes, different for every honest request
   * @param createdUnixMs by the caller's clock
   * @param now by the gateway's, Unix milliseconds
   */
  admit(encapsulatedKey: Uint8Array, createdUnixMs: bigint, now: number): Admission;
}

/**
 * A window that holds at most so many requests: about 130 bytes of memory each. A request is filed under the time at
 * which it turns stale, so forgetting is dropping a whole slot, and looking one up is looking in one slot.
 */
export function createReplayWindow(maxEntries: number): ReplayWindow {
  const slots = new Map<number, Set<string>>();
  /** The first slot that was not dropped: after the clock has gone back, what was forgotten stays stale. */
  let first = 0;
  let size = 0;

  function forgetBefore(slot: number): void {
    if (slot <= first) return;
    first = slot;
    for (const [index, requests] of slots) {
      if (index >= first) continue;
      size -= requests.size;
      slots.delete(index);
    }
  }

  return {
    get size() {
      return size;
    },
    admit(encapsulatedKey, createdUnixMs, now) {
      const created = Number(createdUnixMs);
      if (Math.abs(now - created) > CLOCK_WINDOW_MS) return "stale";
      forgetBefore(Math.floor(now / SLOT_MS));
      const slot = Math.floor((created + CLOCK_WINDOW_MS) / SLOT_MS);
      if (slot < first) return "stale";
      const name = Buffer.from(encapsulatedKey).toString("latin1");
      const requests = slots.get(slot);
      if (requests?.has(name) === true) return "replayed";
      if (size >= maxEntries) return "full";
      if (requests === undefined) slots.set(slot, new Set([name]));
      else requests.add(name);
      size++;
      return "fresh";
    },
  };
}
