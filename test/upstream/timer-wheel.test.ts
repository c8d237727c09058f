import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { notScheduled, TimerWheel, tickMs, ticksUntil, type WheelEntry } from "../../src/upstream/timer-wheel.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setImmediate", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

class Probe implements WheelEntry {
  tick: number = notScheduled;
  readonly firedAt: number[] = [];

  onDue(): void {
    this.firedAt.push(performance.now());
  }
}

test.each([1, 25, 60, 1000, 12_800, 60_000])("a limit of %i ms is never early and at most four ticks late", (limit) => {
  for (let phase = 0; phase < tickMs; phase += 4) {
    const wheel = new TimerWheel();
    // Something else keeps the wheel running, so that this entry starts anywhere within a tick.
    const other = new Probe();
    wheel.schedule(other, wheel.now() + ticksUntil(1_000_000));
    vi.advanceTimersByTime(tickMs + phase);
    const probe = new Probe();
    const start = performance.now();
    wheel.schedule(probe, wheel.now() + ticksUntil(limit));
    vi.advanceTimersByTime(limit + 5 * tickMs);
    expect(probe.firedAt).toHaveLength(1);
    expect(probe.firedAt[0]).toBeGreaterThanOrEqual(start + limit);
    expect(probe.firedAt[0]).toBeLessThanOrEqual(start + limit + 4 * tickMs);
    wheel.cancel(other);
    vi.advanceTimersByTime(tickMs);
  }
});

test("entries beyond one turn of the wheel wait for their own turn", () => {
  const wheel = new TimerWheel();
  const near = new Probe();
  const far = new Probe();
  wheel.schedule(near, wheel.now() + 10);
  wheel.schedule(far, wheel.now() + 10 + 512);
  vi.advanceTimersByTime(100 * tickMs);
  expect([near.firedAt.length, far.firedAt.length]).toEqual([1, 0]);
  vi.advanceTimersByTime(512 * tickMs);
  expect([near.firedAt.length, far.firedAt.length]).toEqual([1, 1]);
});

test("an entry moves to an earlier tick, never to a later one, and not at all when cancelled", () => {
  const wheel = new TimerWheel();
  const probe = new Probe();
  wheel.schedule(probe, wheel.now() + 100);
  wheel.schedule(probe, wheel.now() + 10);
  wheel.schedule(probe, wheel.now() + 50);
  expect(probe.tick).toBe(wheel.now() + 10);
  wheel.cancel(probe);
  wheel.cancel(probe);
  vi.advanceTimersByTime(200 * tickMs);
  expect(probe.firedAt).toEqual([]);
});

test("no timer is left when nothing is scheduled", () => {
  const wheel = new TimerWheel();
  const probe = new Probe();
  wheel.schedule(probe, Number.POSITIVE_INFINITY);
  expect(vi.getTimerCount()).toBe(0);
  wheel.schedule(probe, wheel.now() + 1);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(4 * tickMs);
  expect(probe.firedAt).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([1, 25, 60, 1000])("a limit of %i ms is not early either when the timer drifts", (limit) => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  let clock = 0;
  const sweeps: (() => void)[] = [];
  vi.stubGlobal("setImmediate", (sweep: () => void) => sweeps.push(sweep));
  const now = vi.spyOn(performance, "now").mockImplementation(() => clock);
  for (let phase = 0; phase < tickMs; phase++) {
    clock = 0;
    const wheel = new TimerWheel();
    wheel.schedule(new Probe(), wheel.now() + ticksUntil(1_000_000));
    const turn = (late: number): void => {
      clock += late;
      vi.advanceTimersByTime(tickMs);
      for (const sweep of sweeps.splice(0)) sweep();
    };
    turn(tickMs + phase);
    // Scheduled just before the timer fires again: the clock's reading is as old as it gets.
    const start = clock + tickMs - 1;
    const probe = new Probe();
    wheel.schedule(probe, wheel.now() + ticksUntil(limit));
    for (let left = ticksUntil(limit) + 2; left > 0; left--) turn(tickMs + 1);
    expect(probe.firedAt).toHaveLength(1);
    expect(probe.firedAt[0]).toBeGreaterThanOrEqual(start + limit);
    vi.clearAllTimers();
  }
  now.mockRestore();
  vi.unstubAllGlobals();
});
