import { describe, expect, it } from "vitest";
import { deadline } from "../../src/tee/deadline.ts";
import { serialQueue } from "../../src/tee/serial-queue.ts";

/** Work that ends when it is told to, and says when it has begun. */
function controlled(): { work: () => Promise<string>; begun: Promise<void>; end: (value: string) => void } {
  const started = Promise.withResolvers<void>();
  const result = Promise.withResolvers<string>();
  return {
    begun: started.promise,
    end: result.resolve,
    work: () => {
      started.resolve();
      return result.promise;
    },
  };
}

const FOREVER = deadline("test", 60_000);

describe("the serial queue", () => {
  it("begins the next piece of work when the one before has ended, in order", async () => {
    const queue = serialQueue("test", 8);
    const log: string[] = [];
    const pieces = [controlled(), controlled(), controlled()];
    const runs = pieces.map((piece, index) =>
      queue.run(FOREVER, () => {
        log.push(`begin ${index}`);
        return piece.work();
      }),
    );
    for (const [index, piece] of pieces.entries()) {
      await piece.begun;
      expect(log).toEqual(pieces.slice(0, index + 1).map((_, begun) => `begin ${begun}`));
      piece.end(`${index}`);
      expect(await runs[index]).toBe(`${index}`);
    }
  });

  it("refuses at once beyond its capacity, and takes work again afterwards", async () => {
    const queue = serialQueue("test", 1);
    const [first, second, third] = [controlled(), controlled(), controlled()];
    const served = queue.run(FOREVER, first.work);
    const waits = queue.run(FOREVER, second.work);
    await expect(queue.run(FOREVER, third.work)).rejects.toMatchObject({ code: "tee.refused" });
    first.end("1");
    second.end("2");
    expect([await served, await waits]).toEqual(["1", "2"]);
    third.end("3");
    expect(await queue.run(FOREVER, third.work)).toBe("3");
  });

  it("does not begin work whose caller has gone, and frees its place", async () => {
    const queue = serialQueue("test", 1);
    const [first, second] = [controlled(), controlled()];
    const caller = new AbortController();
    const served = queue.run(FOREVER, first.work);
    let begun = false;
    const gone = queue.run(deadline("test", 60_000, caller.signal), async () => {
      begun = true;
    });
    caller.abort();
    await expect(gone).rejects.toMatchObject({ code: "tee.cancelled" });
    const waits = queue.run(FOREVER, second.work);
    first.end("1");
    second.end("2");
    expect([await served, await waits, begun]).toEqual(["1", "2", false]);
  });

  it("answers a caller in time and keeps the turn for work that goes on", async () => {
    const queue = serialQueue("test", 8);
    const [first, second] = [controlled(), controlled()];
    await expect(queue.run(deadline("test", 20), first.work)).rejects.toMatchObject({ code: "tee.timeout" });
    let begun = false;
    const next = queue.run(FOREVER, () => {
      begun = true;
      return second.work();
    });
    await new Promise(setImmediate);
    expect(begun).toBe(false);
    first.end("late");
    second.end("2");
    expect(await next).toBe("2");
  });

  it("goes on after work that fails or throws", async () => {
    const queue = serialQueue("test", 8);
    const failing = queue.run(FOREVER, async () => Promise.reject(new Error("one")));
    const throwing = queue.run(FOREVER, () => {
      throw new Error("two");
    });
    const good = queue.run(FOREVER, async () => "three");
    await expect(failing).rejects.toThrow("one");
    await expect(throwing).rejects.toThrow("two");
    expect(await good).toBe("three");
  });
});
