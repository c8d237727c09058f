import { describe, expect, it } from "vitest";
import { createReplayWindow } from "../../src/envelope/index.ts";
import { seededRandom } from "../support/seeded-random.ts";

const NOW = 1_767_225_600_000;
const WINDOW = 300_000;
const key = (value: number): Uint8Array => new Uint8Array(32).fill(value);

/** Asks with times relative to NOW. */
function windowOf(maxEntries = 100) {
  const window = createReplayWindow(maxEntries);
  return {
    window,
    admit: (value: number, created: number, now = 0) => window.admit(key(value), BigInt(NOW + created), NOW + now),
  };
}

describe("the replay window", () => {
  it("takes a request once, whatever its clock, for as long as its time can pass", () => {
    for (const created of [-WINDOW, -1, 0, 1, WINDOW]) {
      const { admit } = windowOf();
      expect(admit(1, created)).toBe("fresh");
      for (let now = 0; now <= created + WINDOW; now += 999) expect(admit(1, created, now)).toBe("replayed");
      expect(admit(1, created, created + WINDOW)).toBe("replayed");
      expect(admit(1, created, created + WINDOW + 1)).toBe("stale");
    }
  });

  it.each([-WINDOW - 1, WINDOW + 1, -NOW])("refuses a request of another time: %i ms", (created) => {
    const { admit, window } = windowOf();
    expect(admit(1, created)).toBe("stale");
    expect(window.size).toBe(0);
  });

  it("refuses what it cannot remember, and has room again when requests have turned stale", () => {
    const { admit, window } = windowOf(2);
    expect([admit(1, 0), admit(2, 100), admit(3, 0), admit(1, 0)]).toEqual(["fresh", "fresh", "full", "replayed"]);
    expect(admit(3, 320_000, 320_000)).toBe("fresh");
    expect(window.size).toBe(1);
  });

  it("does not take what it has forgotten after the clock has gone back", () => {
    const { admit } = windowOf();
    expect(admit(1, 0)).toBe("fresh");
    expect(admit(2, 2 * WINDOW, 2 * WINDOW)).toBe("fresh");
    expect(admit(1, 0, 0)).toBe("stale");
  });

  it("never takes a request twice, in any order of times (10 000 random ones)", () => {
    const random = seededRandom(9180);
    const window = createReplayWindow(500);
    const taken = new Set<string>();
    let now = NOW;
    let full = 0;
    for (let round = 0; round < 10_000; round++) {
      now += random.below(2_000) - 400;
      const value = random.below(200);
      const created = BigInt(now + random.below(2 * WINDOW) - WINDOW);
      // A sender's request has one time: which is a part of what was authenticated.
      const name = `${value} ${created}`;
      const encapsulated = new Uint8Array(Buffer.from(name.padEnd(32)));
      const verdict = window.admit(encapsulated, created, now);
      if (verdict === "full") full++;
      if (verdict === "fresh") {
        expect(taken.has(name)).toBe(false);
        taken.add(name);
      }
      expect(window.admit(encapsulated, created, now)).not.toBe("fresh");
      expect(window.size).toBeLessThanOrEqual(500);
    }
    expect(full).toBeGreaterThan(0);
    expect(taken.size).toBeGreaterThan(1_000);
  });
});
