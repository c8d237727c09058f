import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type StepOutcome, startPacer } from "../../src/demo/pacing.ts";
import { createStopFilter } from "../../src/demo/stop-sequences.ts";

describe("pacing", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("keeps to the schedule over many steps without drift", () => {
    let steps = 0;
    startPacer({ tokensPerSecond: 60, firstTokenMs: 100 }, () => {
      steps += 1;
      return "more";
    });
    vi.advanceTimersByTime(99);
    expect(steps).toBe(0);
    // Step i is due at 100 + i × 1000/60: at 10 100 ms that is step 600, counted from 0. Timers are whole milliseconds.
    vi.advanceTimersByTime(10_002);
    expect(steps).toBe(601);
    expect(vi.getTimerCount()).toBe(1);
  });

  test("catches up after the event loop was late", () => {
    const at: number[] = [];
    startPacer({ tokensPerSecond: 100, firstTokenMs: 0 }, () => {
      at.push(Math.round(performance.now()));
      if (at.length === 2) vi.setSystemTime(0);
      return at.length < 12 ? "more" : "done";
    });
    vi.advanceTimersByTime(110);
    expect(at).toHaveLength(12);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("waits for resume, and runs nothing after cancel", () => {
    const outcomes: StepOutcome[] = ["more", "wait", "more", "more"];
    let steps = 0;
    const pacer = startPacer({ tokensPerSecond: 10, firstTokenMs: 0 }, () => outcomes[steps++] ?? "more");
    vi.advanceTimersByTime(10_000);
    expect(steps).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
    pacer.resume();
    vi.advanceTimersByTime(1);
    expect(steps).toBeGreaterThan(2);
    const seen = steps;
    pacer.cancel();
    pacer.resume();
    vi.advanceTimersByTime(10_000);
    expect(steps).toBe(seen);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a rate of 0 yields to the event loop between turns", () => {
    let steps = 0;
    startPacer({ tokensPerSecond: 0, firstTokenMs: 0 }, () => (++steps < 1000 ? "more" : "done"));
    expect(steps).toBe(0);
    vi.advanceTimersToNextTimer();
    expect(steps).toBe(64);
    vi.runAllTimers();
    expect(steps).toBe(1000);
  });
});

describe("stop sequences", () => {
  const feed = (stops: readonly string[], pieces: readonly string[]) => {
    const filter = createStopFilter(stops);
    const shown: string[] = [];
    for (const piece of pieces) {
      const { text, matched } = filter.push(piece);
      shown.push(text);
      if (matched !== undefined) return { shown, matched };
    }
    shown.push(filter.flush());
    return { shown, matched: undefined };
  };

  test("hold back only what may become one", () => {
    expect(feed(["END"], ["a", "bE", "N", "x", "E"])).toEqual({
      shown: ["a", "b", "", "ENx", "", "E"],
      matched: undefined,
    });
    expect(feed(["END"], ["a E", "ND b"])).toEqual({ shown: ["a ", ""], matched: "END" });
    expect(feed(["aab"], ["a", "a", "a", "b"])).toEqual({ shown: ["", "", "a", ""], matched: "aab" });
  });

  test("the earliest wins", () => {
    expect(feed(["world", "lo"], ["hello world"])).toEqual({ shown: ["hel"], matched: "lo" });
  });
});
