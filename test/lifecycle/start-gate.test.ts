import { expect, it } from "vitest";
import { startGate } from "../../src/models/lifecycle/start-gate.ts";

const never = new AbortController().signal;

it("gives turns one at a time, in the order of the calls", async () => {
  const gate = startGate();
  const order: string[] = [];
  const leaveFirst = await gate.enter(never);
  const second = gate.enter(never).then((leave) => {
    order.push("second");
    leave();
  });
  const third = gate.enter(never).then((leave) => {
    order.push("third");
    leave();
  });
  order.push("first");
  leaveFirst();
  await Promise.all([second, third]);
  expect(order).toEqual(["first", "second", "third"]);
});

it("passes over who has given up, before or while waiting", async () => {
  const gate = startGate();
  const leave = await gate.enter(never);
  await expect(gate.enter(AbortSignal.abort("early"))).rejects.toBe("early");
  const gone = new AbortController();
  const waiting = gate.enter(gone.signal);
  const next = gate.enter(never);
  gone.abort("late");
  await expect(waiting).rejects.toBe("late");
  leave();
  (await next)();
});

it("lets nobody start while an engine is being stopped, whatever comes of that", async () => {
  const gate = startGate();
  const stop = Promise.withResolvers<void>();
  gate.stopping(stop.promise);
  let entered = false;
  const entering = gate.enter(never).then((leave) => {
    entered = true;
    leave();
  });
  await new Promise(setImmediate);
  expect(entered).toBe(false);
  stop.reject(new Error("it did not end"));
  await entering;
});
