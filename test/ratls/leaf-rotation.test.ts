import { describe, expect, it } from "vitest";
import type { Logger } from "../../src/observe/index.ts";
import { generateLeafKey, type LeafRotationOptions, selfIssuer, startLeafRotation } from "../../src/ratls/index.ts";
import type { PlatformQuote, QuoteSource } from "../../src/tee/quote-source.ts";
import { TeeError } from "../../src/tee/tee-error.ts";

const START = Date.UTC(2026, 8, 4, 10, 15, 59, 999);

/** A rotation over a clock, timers and a quote source of the test's own. */
function bench(overrides: Partial<LeafRotationOptions> = {}) {
  const asked: Uint8Array[] = [];
  const events: string[] = [];
  const timers: { callback: () => void; delayMs: number; cancelled: boolean }[] = [];
  let now = START;
  let answer: () => Promise<PlatformQuote> = async () => ({
    quote: Uint8Array.of(1, 2, 3),
    eventLog: undefined,
    vmConfig: undefined,
  });
  const quotes: QuoteSource = {
    kind: "dstack",
    simulated: true,
    endpoint: "test",
    quote(reportData) {
      asked.push(reportData);
      return answer();
    },
  };
  const write = (event: string): void => void events.push(event);
  const log: Logger = { debug: write, info: write, warn: write, error: write, fault: write, flush() {} };
  const key = generateLeafKey();
  const options: LeafRotationOptions = {
    form: "deterministic",
    quotes,
    key,
    issuer: selfIssuer(key),
    names: ["gateway.example", "other.example", "192.0.2.1"],
    tls: {},
    log,
    now: () => now,
    jitter: () => 0.5,
    schedule(callback, delayMs) {
      const timer = { callback, delayMs, cancelled: false };
      timers.push(timer);
      return {
        cancel: () => {
          timer.cancelled = true;
        },
      };
    },
    ...overrides,
  };
  return {
    options,
    asked,
    events,
    timers,
    pass: (ms: number) => (now += ms),
    answerWith: (next: () => Promise<PlatformQuote>) => {
      answer = next;
    },
  };
}

const quote = (): PlatformQuote => ({ quote: Uint8Array.of(4), eventLog: undefined, vmConfig: undefined });

describe("leaf rotation", () => {
  it("does not start without a quote", async () => {
    const { options, answerWith } = bench();
    answerWith(() => Promise.reject(new TeeError("tee.absent", "no socket")));
    await expect(startLeafRotation(options)).rejects.toThrow("[tee.absent]");
  });

  it("costs one quote for all names of a generation", async () => {
    const { options, asked } = bench();
    const rotation = await startLeafRotation(options);
    expect(asked).toHaveLength(1);
    expect(rotation.current.contextFor("OTHER.example")).toBeDefined();
    for (let index = 0; index < 10_000; index++) {
      expect(rotation.current.contextFor(`unknown-${index}.example`)).toBeUndefined();
    }
    expect(rotation.current.contextFor("../../x")).toBeUndefined();
    expect(rotation.current.contextFor("__proto__")).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  it("renews at two thirds of the lifetime, counted from the whole minute", async () => {
    const { options, timers } = bench();
    await startLeafRotation(options);
    // 24 h from 10:15:00, seen from 10:15:59.999.
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([((24 * 3600 * 1000 - 59_999) * 2) / 3]);
  });

  it("presents the next generation after a renewal, and plans another", async () => {
    const { options, timers, pass } = bench();
    const rotation = await startLeafRotation(options);
    const [first] = timers;
    const chain = rotation.current.fallback.chain;
    const changed = Promise.withResolvers<number>();
    rotation.onChange(({ generation }) => changed.resolve(generation));
    pass(16 * 3600 * 1000);
    first?.callback();
    expect(await changed.promise).toBe(2);
    expect(rotation.current.fallback.chain).not.toBe(chain);
    expect(timers).toHaveLength(2);
  });

  it("keeps the old leaf when a renewal fails, says so, and tries again with growing pauses", async () => {
    const { options, timers, events, answerWith } = bench();
    const rotation = await startLeafRotation(options);
    answerWith(() => Promise.reject(new TeeError("tee.timeout", "no answer")));
    timers.at(-1)?.callback();
    await expect.poll(() => timers.length).toBe(2);
    timers.at(-1)?.callback();
    await expect.poll(() => timers.length).toBe(3);
    expect(timers.slice(1).map(({ delayMs }) => delayMs)).toEqual([5_000, 10_000]);
    expect(events).toEqual(["leaf not renewed", "leaf not renewed"]);
    expect(rotation.current.generation).toBe(1);
    answerWith(async () => quote());
    timers.at(-1)?.callback();
    await expect.poll(() => rotation.current.generation).toBe(2);
  });

  it("mints once for changes at one time, and again for a change during a minting", async () => {
    const { options, asked, answerWith, timers } = bench();
    const rotation = await startLeafRotation(options);
    const gate = Promise.withResolvers<PlatformQuote>();
    answerWith(() => gate.promise);
    const running = rotation.remint("model changed");
    const queued = [rotation.remint("model changed"), rotation.remint("evidence changed")];
    expect(asked).toHaveLength(2);
    gate.resolve(quote());
    expect((await running).generation).toBe(2);
    expect((await Promise.all(queued)).map(({ generation }) => generation)).toEqual([3, 3]);
    expect(asked).toHaveLength(3);
    // Each minting replaces the plan of the one before.
    expect(timers.map(({ cancelled }) => cancelled)).toEqual([true, true, false]);
  });

  it("does not mint an ending CA's last leaves one after the other, and fails once it has ended", async () => {
    const key = generateLeafKey();
    const issuer = { ...selfIssuer(key), notAfter: START / 1000 + 30 };
    const { options, timers, pass, events } = bench({ key, issuer });
    const rotation = await startLeafRotation(options);
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([60_000]);
    pass(60_000);
    timers.at(-1)?.callback();
    await expect.poll(() => events).toEqual(["leaf not renewed"]);
    expect([rotation.current.generation, timers.at(-1)?.delayMs]).toEqual([1, 5_000]);
  });

  it("has one plan at a time, also when a listener fails after a minting", async () => {
    const { options, timers, events } = bench();
    const rotation = await startLeafRotation(options);
    rotation.onChange(() => {
      throw new Error("the listener is closed");
    });
    timers.at(-1)?.callback();
    await expect.poll(() => events).toContain("leaf not renewed");
    expect(timers.filter(({ cancelled }) => !cancelled)).toHaveLength(1);
  });

  it("plans nothing after it was stopped", async () => {
    const { options, timers } = bench();
    const rotation = await startLeafRotation(options);
    rotation.stop();
    await rotation.remint("evidence changed");
    expect(timers.map(({ cancelled }) => cancelled)).toEqual([true]);
  });
});
