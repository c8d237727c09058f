import { describe, expect, it } from "vitest";
import { GatewayError } from "../../src/errors/index.ts";
import { demoTemplate, type EngineExit, OutputTail } from "../../src/models/engine-process/index.ts";
import type { InstanceStatus } from "../../src/models/lifecycle/index.ts";
import type { LoadSpec } from "../../src/models/lifecycle/load-spec.ts";
import type { ModelDigest } from "../../src/models/lifecycle/model-digest.ts";
import { ModelInstance } from "../../src/models/lifecycle/model-instance.ts";
import { type ModelVerifier, noVerification } from "../../src/models/lifecycle/model-verifier.ts";
import type { RunningEngine } from "../../src/models/lifecycle/running-engine.ts";
import { startGate } from "../../src/models/lifecycle/start-gate.ts";
import type { Logger } from "../../src/observe/index.ts";
import { createInFlight } from "../../src/server/index.ts";

/** An engine without a process: the test decides when it is well and when it dies. */
class Puppet implements RunningEngine {
  readonly name: string;
  readonly output = new OutputTail();
  readonly #exited = Promise.withResolvers<EngineExit>();
  readonly #well = Promise.withResolvers<void>();
  readonly stopped = Promise.withResolvers<boolean>();
  readonly mark = "";
  readonly pool: RunningEngine["pool"] = {
    send() {
      throw new Error("a puppet answers nothing");
    },
    close() {},
    active: 0,
  };
  readonly process: RunningEngine["process"];
  stops = 0;

  constructor(name: string) {
    this.name = name;
    this.process = {
      pid: undefined,
      output: this.output,
      exited: this.#exited.promise,
      stop: () => Promise.resolve(true),
    };
  }
  well(): void {
    this.#well.resolve();
  }
  die(cause: string): void {
    this.#exited.resolve({ status: 1, signal: undefined, cause });
  }
  healthy(signal: AbortSignal): Promise<void> {
    return Promise.race([
      this.#well.promise,
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ]);
  }
  hung(signal: AbortSignal): Promise<void> {
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }
  stop(): Promise<boolean> {
    this.stops++;
    return this.stopped.promise;
  }
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, fault() {}, flush() {} };

function spec(model: string, expectedDigest?: ModelDigest): LoadSpec {
  return { model, source: model, arguments: {}, expectedDigest };
}

/** An instance over puppets, and a way to wait for its status. */
function stage(verify: ModelVerifier = noVerification) {
  const puppets: Puppet[] = [];
  const statuses: InstanceStatus[] = [];
  const settled: (string | undefined)[] = [];
  const listeners = new Set<() => void>();
  let generation = 0;
  const instance: ModelInstance = new ModelInstance({
    task: "generate",
    template: demoTemplate(),
    directory: { resolve: (source) => `/models/${source}`, names: () => [], size: async () => 0 },
    verify,
    gate: startGate(),
    async start({ model }) {
      const puppet = new Puppet(model);
      puppets.push(puppet);
      return puppet;
    },
    onStopped() {},
    nextGeneration: () => ++generation,
    inFlight: createInFlight(),
    onStatus() {
      statuses.push(instance.status);
      for (const listener of listeners) listener();
    },
    onSettled: (_, noted) => settled.push(noted?.model),
    log: silent,
    drainMs: 10_000,
    loadTimeoutMs: 10_000,
    restarts: 2,
    restartDelayMs: 1,
  });
  const until = (wanted: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!wanted()) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  return {
    instance,
    statuses,
    settled,
    until,
    /** The puppet that was started as the nth. */
    async puppet(index: number): Promise<Puppet> {
      await until(() => puppets.length > index && instance.status.message === "waiting for the engine to answer");
      const puppet = puppets[index];
      if (puppet === undefined) throw new Error("there is one");
      return puppet;
    },
    puppets,
  };
}

describe("a later target", () => {
  it("wins, and the earlier one's late failure leaves it alone", async () => {
    const { instance, puppet, puppets, settled, statuses } = stage();
    const first = instance.load(spec("a"));
    const a = await puppet(0);
    const second = instance.load(spec("b"));
    await expect(first.done).rejects.toMatchObject({ code: "load_superseded" });
    // Its engine holds its memory until it is gone: the next one has to wait for that.
    expect([a.stops, puppets.length]).toEqual([1, 1]);
    a.die("late");
    a.stopped.resolve(true);
    const b = await puppet(1);
    b.well();
    expect(await second.done).toMatchObject({ state: "ready", model: "b", generation: 2 });
    expect(settled).toEqual(["b"]);
    expect(new Set(statuses.map(({ state }) => state))).toEqual(new Set(["loading", "ready"]));
  });

  it("undoes one that has not begun", async () => {
    const { instance, puppets } = stage();
    const load = instance.load(spec("a"));
    const { done } = instance.unload();
    await expect(load.done).rejects.toBeInstanceOf(GatewayError);
    expect(await done).toMatchObject({ state: "idle" });
    expect(puppets).toEqual([]);
  });

  it("waits for the drain of the one before, and joins nothing that is on its way out", async () => {
    const { instance, puppet } = stage();
    const first = instance.load(spec("a"));
    const old = await puppet(0);
    old.well();
    await first.done;
    const serving = instance.open("a");
    const again = instance.load(spec("b"));
    expect(instance.status).toMatchObject({ state: "unloading", model: "a", inFlight: 1 });
    expect(instance.open("a")).toBeUndefined();
    const back = instance.load(spec("a"));
    expect(back).toMatchObject({ joined: false, generation: 3 });
    await expect(again.done).rejects.toMatchObject({ code: "load_superseded" });
    serving?.release();
    old.stopped.resolve(true);
    (await puppet(1)).well();
    expect(await back.done).toMatchObject({ state: "ready", model: "a", generation: 3 });
  });
});

describe("an engine that dies", () => {
  it("while it drains ends the drain", async () => {
    const { instance, puppet, until } = stage();
    const load = instance.load(spec("a"));
    const a = await puppet(0);
    a.well();
    await load.done;
    const cut: string[] = [];
    const serving = instance.open("a");
    serving?.hold({
      cut(why) {
        cut.push(why.code);
        serving.release();
      },
    });
    const { done } = instance.unload();
    a.die("gone");
    a.stopped.resolve(true);
    expect(await done).toMatchObject({ state: "idle" });
    expect(cut).toEqual(["engine_unreachable"]);
    await until(() => instance.status.state === "idle");
  });

  it("is started again with pauses, as often as configured, and not after an unload", async () => {
    const { instance, puppet, until, statuses } = stage();
    const load = instance.load(spec("a"));
    const a = await puppet(0);
    a.stopped.resolve(true);
    a.well();
    await load.done;
    a.die("first death");
    // A restart that fails counts too.
    const b = await puppet(1);
    b.stopped.resolve(true);
    b.die("second death");
    const c = await puppet(2);
    c.stopped.resolve(true);
    c.well();
    await until(() => instance.status.state === "ready");
    c.die("third death");
    await until(() => instance.status.state === "error");
    expect(instance.status).toMatchObject({ message: "third death", generation: 3 });
    expect(instance.willRestart).toBe(false);
    const messages = new Set(statuses.filter(({ state }) => state === "error").map(({ message }) => message));
    expect([...messages]).toEqual([
      "first death; restart 1 of 2 in 1 ms",
      "second death; restart 2 of 2 in 2 ms",
      "third death",
    ]);
  });
});

describe("the verifier", () => {
  const digest: ModelDigest = { kind: "verity", value: new Uint8Array(32).fill(1) };
  const other: ModelDigest = { kind: "verity", value: new Uint8Array(32).fill(2) };

  it("is asked before an engine starts, with what the engine will open; its finding is in the status", async () => {
    const asked: unknown[] = [];
    const finding = Promise.withResolvers<ModelDigest>();
    const { instance, puppet, puppets, until } = stage((model, onProgress) => {
      asked.push(model);
      onProgress(1, 4);
      return finding.promise;
    });
    const load = instance.load(spec("a", digest));
    await until(() => instance.status.message === "establishing the model's digest: 25 %");
    expect(asked).toEqual([{ name: "a", source: "a", path: "/models/a", expected: digest }]);
    expect(puppets).toEqual([]);
    finding.resolve(digest);
    const engine = await puppet(0);
    engine.stopped.resolve(true);
    engine.well();
    expect(await load.done).toMatchObject({ state: "ready", digest });
    expect(instance.open("a")).toMatchObject({ name: "a", digest, generation: 1 });
    // Whoever expects what is there joins; whoever expects something else does not.
    expect(instance.load(spec("a", digest)).joined).toBe(true);
    expect(instance.load(spec("a")).joined).toBe(true);
    expect(instance.load(spec("a", other)).joined).toBe(false);
    // The hold is never let go of: the end of the gateway does not wait for it.
    await instance.close();
  });

  it.each([
    [
      "refuses",
      () => Promise.reject(new GatewayError("model_refused", "block 3 is not what the root says")),
      "block 3 is not what the root says",
    ],
    ["breaks", () => Promise.reject(new Error("secret detail")), "Internal server error"],
    ["finds another digest", () => Promise.resolve(other), "the model's digest (kind verity) is not the expected one"],
  ])("that %s stops the load before an engine starts", async (_, verify, message) => {
    const { instance, puppets, settled } = stage(verify as ModelVerifier);
    const { done } = instance.load(spec("a", digest));
    expect(await done).toMatchObject({ state: "error", message, digest: { kind: "none" } });
    expect([puppets, settled]).toEqual([[], []]);
  });
});

it("ends without a drain when the gateway does, and keeps what should run", async () => {
  const { instance, puppet, settled } = stage();
  const load = instance.load(spec("a"));
  const a = await puppet(0);
  a.well();
  await load.done;
  const cut: string[] = [];
  const serving = instance.open("a");
  serving?.hold({ cut: (why) => void cut.push(why.code) });
  const closed = instance.close();
  expect([cut, a.stops]).toEqual([["draining"], 1]);
  a.stopped.resolve(true);
  await closed;
  expect(settled).toEqual(["a"]);
});

it("cuts at once whoever names late what is to be cut", async () => {
  const { instance, puppet } = stage();
  const load = instance.load(spec("a"));
  const a = await puppet(0);
  a.well();
  await load.done;
  const serving = instance.open("a");
  a.stopped.resolve(true);
  await instance.close();
  const cut: string[] = [];
  serving?.hold({ cut: (why) => void cut.push(why.code) });
  expect(cut).toEqual(["draining"]);
});
