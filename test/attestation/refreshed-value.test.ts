import { describe, expect, it } from "vitest";
import { createRefreshedValue, createSingleFlight } from "../../src/attestation/index.ts";

function maker() {
  let now = 0;
  const pending: PromiseWithResolvers<string>[] = [];
  const failures: unknown[] = [];
  const value = createRefreshedValue({
    ttlMs: 100,
    make: () => {
      const made = Promise.withResolvers<string>();
      pending.push(made);
      return made.promise;
    },
    onRefreshFailure: (reason) => failures.push(reason),
    clock: () => now,
  });
  return {
    value,
    failures,
    made: () => pending.length,
    finish: (index: number, text: string) => pending[index]?.resolve(text),
    fail: (index: number) => pending[index]?.reject(new Error("no quote")),
    pass: (ms: number) => (now += ms),
  };
}

describe("a value that is made anew before it gets old", () => {
  it("is made once for any number of callers", async () => {
    const { value, made, finish } = maker();
    const all = [value.get(), value.get(), value.get()];
    finish(0, "first");
    expect(await Promise.all(all)).toEqual(["first", "first", "first"]);
    expect(await value.get()).toBe("first");
    expect(made()).toBe(1);
  });

  it("is given out past half of its time while the next is made behind it", async () => {
    const { value, made, finish, pass } = maker();
    const first = value.get();
    finish(0, "first");
    await first;
    pass(51);
    expect(await value.get()).toBe("first");
    expect(await value.get()).toBe("first");
    expect(made()).toBe(2);
    finish(1, "second");
    await expect.poll(() => value.get()).toBe("second");
  });

  it("is not given out past its time", async () => {
    const { value, finish, pass } = maker();
    const first = value.get();
    finish(0, "first");
    await first;
    pass(101);
    const second = value.get();
    finish(1, "second");
    expect(await second).toBe("second");
  });

  it("survives a failed refresh, says so, and tries again", async () => {
    const { value, made, finish, fail, pass, failures } = maker();
    const first = value.get();
    finish(0, "first");
    await first;
    pass(51);
    await value.get();
    fail(1);
    await expect.poll(() => failures.length).toBe(1);
    expect(await value.get()).toBe("first");
    expect(made()).toBe(3);
  });

  it("fails for whoever waits, and works again afterwards", async () => {
    const { value, fail, finish } = maker();
    const first = value.get();
    fail(0);
    await expect(first).rejects.toThrow("no quote");
    const second = value.get();
    finish(1, "second");
    expect(await second).toBe("second");
  });

  it("never gives out what was made of an older state", async () => {
    const { value, made, finish } = maker();
    const waiting = value.get();
    value.invalidate();
    finish(0, "old");
    await expect.poll(made).toBe(2);
    finish(1, "new");
    expect(await waiting).toBe("new");
    expect(await value.get()).toBe("new");
  });
});

describe("single flight", () => {
  it("shares work per key, and failures too, and forgets both", async () => {
    const flight = createSingleFlight<number>();
    let runs = 0;
    const gate = Promise.withResolvers<number>();
    const work = () => {
      runs++;
      return gate.promise;
    };
    const shared = [flight.run("a", work), flight.run("a", work)];
    expect(flight.has("a")).toBe(true);
    expect(flight.has("b")).toBe(false);
    gate.resolve(1);
    expect(await Promise.all(shared)).toEqual([1, 1]);
    expect(runs).toBe(1);
    expect(flight.has("a")).toBe(false);
    await expect(flight.run("a", () => Promise.reject(new Error("x")))).rejects.toThrow("x");
    expect(await flight.run("a", () => Promise.resolve(2))).toBe(2);
  });
});
