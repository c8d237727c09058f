import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Programs } from "./build.ts";
import type { Case } from "./cases.ts";
import { tree } from "./children.ts";
import { competing, snapshot } from "./competing-load.ts";
import type { Endpoint } from "./endpoint.ts";
import { type EngineStats, engineStats, startEngine } from "./engine.ts";
import { startGateway, TOKEN } from "./gateway.ts";
import { type LoadResult, runLoad } from "./load.ts";
import { failedMeasurement, type Measurement, measurementOf } from "./measurement.ts";
import { startNginx } from "./nginx.ts";
import { SetupError, type Variant } from "./options.ts";
import { writeRpcMessage } from "./rpc-message.ts";

/** The processes of a run and what it takes to measure one variant. They are ended with all children; temporary files go when this process does. */
export interface Bench {
  measure(one: Case, variant: Variant): Promise<Measurement>;
}

const SETTLE_MS = 5_000;
const SETTLE_EVERY_MS = 20;
const REQUEST_BYTES = 1_024;
const BUFFERED_BYTES = 2_048;

/** Starts the engine, and the proxies when they are first needed. */
export async function openBench(root: string, programs: Programs): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const engine = await startEngine(programs.engine);
  const running = new Map<string, Promise<Endpoint>>();
  let started = 0;

  const nameOf = (variant: Variant) => (variant === "nginx" ? "nginx" : "gateway");

  /** Starts a proxy and lets it serve for a moment: its start-up and compilation are not what is measured. */
  async function launch(name: string): Promise<Endpoint> {
    const proxy =
      name === "nginx"
        ? await startNginx(join(folder, `nginx-${++started}`), engine.port)
        : await startGateway(root, engine.port, join(folder, "tee"));
    const warmUp = ["-mode", "closed", "-streams", "16", "-plan", "burst:51", "-warmup", "0s", "-window", "1s"];
    await runLoad(programs.load, ["-target", `127.0.0.1:${proxy.port}`, "-token", TOKEN, ...warmUp]);
    return proxy;
  }

  const proxyOf = (variant: Variant): Promise<Endpoint> => {
    const name = nameOf(variant);
    const proxy = running.get(name) ?? launch(name);
    running.set(name, proxy);
    return proxy;
  };

  async function run(one: Case, variant: Variant, proxy: Endpoint | undefined): Promise<Measurement> {
    const before = await settled(engine.port);
    const watch = [
      `engine=${engine.pids.join("+")}`,
      ...(proxy === undefined ? [] : [`proxy=${proxy.pids.join("+")}`]),
    ];
    const args = [
      ...["-target", `127.0.0.1:${(proxy ?? engine).port}`, "-token", TOKEN, "-watch", watch.join(",")],
      ...workload(one),
      ...protocol(folder, one, variant),
    ];
    const from = snapshot();
    const { result, pid } = await runLoad(programs.load, args);
    const to = snapshot();
    const own = new Set([
      process.pid,
      pid,
      ...engine.pids,
      ...(await Promise.all(running.values())).flatMap((p) => tree(p.child.pid)),
      ...(proxy?.pids ?? []),
    ]);
    const after = await engineStats(engine.port);
    const failures = { ...result.failures, ...miscounts(one, variant, result, before, after) };
    return measurementOf(one, variant, result, competing(from, to, own), failures);
  }

  async function measureFresh(one: Case, variant: Variant): Promise<Measurement> {
    let proxy: Endpoint | undefined;
    try {
      proxy = await launch(nameOf(variant));
      return await run(one, variant, proxy);
    } catch (error) {
      if (error instanceof SetupError) throw error;
      return failedMeasurement(error instanceof Error ? error.message : String(error));
    } finally {
      await proxy?.child.stop();
    }
  }

  /** A run that fails must not take the others with it: the reason goes into its row, and the proxy is started anew for the next one. */
  async function measureShared(one: Case, variant: Variant): Promise<Measurement> {
    try {
      return await run(one, variant, variant === "direct" ? undefined : await proxyOf(variant));
    } catch (error) {
      if (error instanceof SetupError) throw error;
      const name = nameOf(variant);
      const proxy = await running.get(name)?.catch(() => undefined);
      running.delete(name);
      await proxy?.child.stop();
      return failedMeasurement(error instanceof Error ? error.message : String(error));
    }
  }

  return {
    measure: (one, variant) => (one.fresh ? measureFresh(one, variant) : measureShared(one, variant)),
  };
}

/** Waits until the streams of earlier runs have ended at the engine; those of a failed run end when the proxy notices that its caller has left. */
async function settled(port: number): Promise<EngineStats> {
  const limit = performance.now() + SETTLE_MS;
  for (;;) {
    const stats = await engineStats(port);
    const open = stats.streams_opened - stats.streams_completed - stats.streams_aborted;
    if (open === 0) return stats;
    if (performance.now() > limit) throw new Error(`${open} streams of an earlier run are still open at the engine`);
    await delay(SETTLE_EVERY_MS);
  }
}

function workload(one: Case): string[] {
  return [
    ...["-mode", one.mode, "-streams", String(one.streams)],
    ...["-warmup", `${one.warmUp}s`, "-window", `${one.window}s`, "-deadline", "30s"],
    ...(one.rate === undefined ? [] : ["-rate", String(one.rate)]),
  ];
}

function protocol(folder: string, one: Case, variant: Variant): string[] {
  const tokens = one.stream ? one.events - 1 : 1;
  const expected = one.mode === "idle" ? [] : ["-expect-tokens", String(tokens)];
  if (variant !== "connect" && variant !== "grpc") {
    return [
      ...["-protocol", "rest", "-plan", one.plan, "-request-bytes", String(REQUEST_BYTES)],
      ...(one.stream ? [] : ["-buffered", "-expect-bytes", String(BUFFERED_BYTES)]),
      ...(one.stream && one.mode !== "idle" ? ["-expect-events", String(one.events)] : []),
      ...expected,
    ];
  }
  const message = writeRpcMessage(folder, one.plan, one.stream);
  const name = variant === "grpc" ? "grpc" : one.stream ? "connect" : "connect-unary";
  return ["-protocol", name, "-rpc-path", message.path, "-rpc-message", message.file, ...expected];
}

/** Compares what the client counted with what the engine sent: every event has to arrive, exactly once. */
function miscounts(
  one: Case,
  variant: Variant,
  run: LoadResult,
  before: EngineStats,
  after: EngineStats,
): Record<string, number> {
  if (!one.stream || run.errors > 0) return {};
  const sent = after.events - before.events;
  // The last event of an answer carries no token.
  const arrived = variant === "connect" || variant === "grpc" ? run.run.tokens + run.run.responses : run.run.events;
  return sent === arrived ? {} : { [`the engine sent ${sent} events, ${arrived} arrived`]: 1 };
}
