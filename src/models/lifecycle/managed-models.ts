import { join } from "node:path";
import type { Config } from "../../config/index.ts";
import type { EnginePool } from "../../engines/index.ts";
import { GatewayError } from "../../errors/index.ts";
import type { Logger } from "../../observe/index.ts";
import type { InFlight } from "../../server/index.ts";
import {
  ENGINE_HOST,
  type EngineTemplate,
  engineRecords,
  freePort,
  isArgumentName,
  TASKS,
  type Task,
} from "../engine-process/index.ts";
import { changeWatch } from "./change-watch.ts";
import type { InstanceStatus } from "./instance-status.ts";
import { lastLoads } from "./last-loads.ts";
import { type LoadRequest, normaliseLoad, requireModelName } from "./load-request.ts";
import type { LoadSpec } from "./load-spec.ts";
import { NO_DIGEST } from "./model-digest.ts";
import { ModelInstance, type Ticket } from "./model-instance.ts";
import type { ModelService, StoredModel } from "./model-service.ts";
import type { ModelVerifier } from "./model-verifier.ts";
import { modelsDirectory } from "./models-directory.ts";
import { type RunningEngine, startRunningEngine } from "./running-engine.ts";
import { servedNames } from "./served-names.ts";
import { notLoaded, type Serving } from "./serving.ts";
import { startGate } from "./start-gate.ts";
import { waitingRoom } from "./waiting-room.ts";

export interface ManagedModelsOptions {
  /** With `models.dir`. */
  readonly config: Pick<Config, "models" | "model" | "timeouts" | "pool">;
  readonly modelsDir: string;
  /** Directory of what outlasts a restart. */
  readonly stateDirectory: string;
  readonly template: EngineTemplate;
  readonly verify: ModelVerifier;
  /** What the gateway has in flight over all. */
  readonly inFlight: InFlight;
  readonly log: Logger;
  /** What engines may get some variables of. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Models in engines the gateway starts itself. Nothing runs before `start`. */
export interface ManagedModels extends ModelService {
  /**
   * Ends what an earlier process left running, then loads what it had loaded; at the very first start the configured
   * model, if there is one by its name. Resolves when those loads are accepted.
   */
  start(): Promise<void>;
}

export function managedModels(options: ManagedModelsOptions): ManagedModels {
  const { config, template, verify, inFlight, log, stateDirectory } = options;
  const { models } = config;
  const directory = modelsDirectory(options.modelsDir);
  const notes = lastLoads(stateDirectory, log);
  const records = engineRecords(join(stateDirectory, "engines"));
  const allowed = new Set(models.allowedArguments);
  const gate = startGate();
  const waiting = waitingRoom();
  const listeners = new Set<() => void>();
  const changes = changeWatch([]);
  const names = servedNames();
  let draining = false;

  async function startEngine(task: Task, spec: LoadSpec, path: string, onLine: (line: string) => void) {
    const port = models.firstPort === 0 ? await freePort() : models.firstPort + TASKS.indexOf(task);
    const { model: name, arguments: given } = spec;
    const { program, arguments: own } = await template.command({
      path,
      name,
      task,
      host: ENGINE_HOST,
      port,
      arguments: given,
    });
    const engine: RunningEngine = startRunningEngine({
      ...models,
      command: { program, arguments: [...own, ...models.extraArguments] },
      port,
      graceMs: models.stopGraceMs,
      timeouts: config.timeouts,
      ...config.pool,
      environment: options.environment,
      onLine,
    });
    if (engine.process.pid !== undefined) noteRunning(task, engine.process.pid, engine.mark);
    return engine;
  }

  /** Without the note, an engine outlives a gateway that is killed: a reason to warn, not to fail. */
  function noteRunning(task: Task, pid: number, mark: string): void {
    try {
      records.write(task, pid, mark);
    } catch (error) {
      log.fault("running engine not noted", error, { instance: task });
    }
  }

  const instances = new Map(
    TASKS.map((task) => [
      task,
      new ModelInstance({
        ...models,
        task,
        template,
        directory,
        verify,
        gate,
        start: (spec, path, onLine) => startEngine(task, spec, path, onLine),
        onStopped: (stopped) => records.remove(stopped),
        nextGeneration: () => notes.nextGeneration(),
        inFlight,
        onStatus,
        onSettled: (settled, spec) => notes.note(settled, spec),
        log,
      }),
    ]),
  );
  const all = [...instances.values()];

  function onStatus(): void {
    const served = service.served();
    for (const { name } of served) names.add(name);
    changes.look(served);
    waiting.look();
    for (const listener of listeners) listener();
  }

  function instance(task: Task): ModelInstance {
    const found = instances.get(task);
    if (found === undefined) throw new Error("every task has an instance");
    return found;
  }

  /** Checks a load as a whole: what it names has to be there. */
  function prepare(request: LoadRequest): LoadSpec {
    const spec = normaliseLoad(request, template, allowed);
    directory.resolve(spec.source);
    return spec;
  }

  /** The state of a model that is not ready, as an error; `model_not_found` if nobody knows it. */
  function absent(model: string): GatewayError {
    const named = all.find(({ status, wanted }) => status.model === model || wanted === model);
    if (named !== undefined) {
      const { status } = named;
      if (status.model === model && status.state !== "idle" && status.state !== "ready") {
        return notLoaded(status.state, `The model is not loaded: ${status.message}`);
      }
      return notLoaded("loading", "The model is to be loaded and waits for its turn");
    }
    if (model === config.model.name || names.all.includes(model) || directory.names().includes(model)) {
      return notLoaded("idle", "The model is not loaded", 30);
    }
    const served = service.names;
    const list = served.length === 0 ? "none now" : served.join(", ");
    return new GatewayError("model_not_found", `The model does not exist here. GET /v1/models lists: ${list}`, {
      param: "model",
    });
  }

  function openNow(model: string): Serving | undefined {
    for (const candidate of all) {
      const serving = candidate.open(model);
      if (serving !== undefined) return serving;
    }
    return undefined;
  }

  const engines: EnginePool = {
    send(request, handler) {
      const pool = all.map((one) => one.engines).find((one) => one !== undefined);
      if (pool === undefined) throw notLoaded("idle", "No model is loaded");
      return pool.send(request, handler);
    },
    close() {},
    get active() {
      return all.reduce((sum, { engines: pool }) => sum + (pool?.active ?? 0), 0);
    },
  };

  const service: ManagedModels = {
    managed: true,
    engine: template.engine,
    engines,
    get names() {
      return [...new Set(service.served().map(({ name }) => name))];
    },
    get everServed() {
      return names.all;
    },
    require(model) {
      if (service.names.includes(model)) return;
      const error = absent(model);
      if (error.code === "model_not_found" || models.whenNotLoaded === "fail") throw error;
    },
    open(model, signal) {
      const serving = openNow(model);
      if (serving !== undefined) return serving;
      const error = absent(model);
      if (error.code === "model_not_found" || models.whenNotLoaded === "fail" || draining) throw error;
      const look = (): Serving | undefined => {
        const found = openNow(model);
        if (found !== undefined) return found;
        const named = all.find(({ status }) => status.model === model);
        if (named?.status.state === "error" && !named.willRestart) throw absent(model);
        return undefined;
      };
      return waiting.wait(look, models.waitMs, () => absent(model), signal);
    },
    status() {
      return all.map(({ status }) => status).filter((status) => status.instance === "generate" || inUse(status));
    },
    onStatus(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    served() {
      return all
        .map(({ status }) => status)
        .filter(({ state }) => state === "ready")
        .map(({ model: name, digest, generation }) => ({ name, digest, generation }));
    },
    onChange: (listener) => changes.onChange(listener),
    load(request) {
      if (draining) throw new GatewayError("draining", "The gateway is shutting down");
      const spec = prepare(request);
      const { sidecars } = request;
      if (sidecars === undefined) return instance(request.task).load(spec);
      const beside = (["embed", "rerank"] as const).map((task) => {
        const model = sidecars[task];
        return { task, spec: model === undefined ? undefined : prepare({ model, task, arguments: {} }) };
      });
      // What is left out is unloaded, and that before anything is loaded: memory is short.
      for (const { task, spec: wanted } of beside) if (wanted === undefined) instance(task).unload();
      const ticket = instance(request.task).load(spec);
      for (const { task, spec: wanted } of beside) if (wanted !== undefined) instance(task).load(wanted);
      return ticket;
    },
    unload({ task, model }) {
      const named = model === undefined || model === "" ? undefined : requireModelName(model);
      const matches = ({ wanted, status }: ModelInstance): boolean => wanted === named || status.model === named;
      const chosen = task === undefined && named !== undefined ? all.find(matches) : instance(task ?? "generate");
      if (chosen === undefined || (named !== undefined && !matches(chosen))) {
        throw new GatewayError("model_not_found", "No model of that name is loaded in that instance", {
          param: "model",
        });
      }
      return chosen.unload();
    },
    unloadAll: (): readonly Ticket[] => all.map((one) => one.unload()),
    async list() {
      const loaded = new Map(service.served().map((served) => [served.name, served]));
      return Promise.all(
        directory.names().map(
          async (name): Promise<StoredModel> => ({
            name,
            digest: loaded.get(name)?.digest ?? NO_DIGEST,
            sizeBytes: await directory.size(name),
            loaded: loaded.has(name),
          }),
        ),
      );
    },
    available: () => directory.names(),
    async verify(model, onProgress, signal) {
      const path = directory.resolve(model);
      return verify({ name: model, source: model, path, expected: undefined }, onProgress, signal);
    },
    drain() {
      draining = true;
      waiting.close(() => new GatewayError("draining", "The gateway is shutting down; try another one"));
    },
    async close() {
      service.drain();
      await Promise.all(all.map((one) => one.close()));
    },
    async start() {
      const stale = await records.endStale();
      if (stale > 0) log.warn("stale engines ended", { engines: stale });
      if (draining) return;
      const wanted = models.restore ? (notes.restored ?? firstLoad()) : firstLoad();
      for (const [task, spec] of wanted) {
        // A caller was faster than the notes.
        if (instance(task).wanted !== "") continue;
        try {
          requireSuitable(spec);
          instance(task).load(spec);
          log.info("model restored", { instance: task, model: spec.model });
        } catch (error) {
          log.warn("model not restored", {
            instance: task,
            model: spec.model,
            cause: GatewayError.from(error).message,
          });
        }
      }
    },
  };

  /** Notes may be of another models directory or another kind of engine. */
  function requireSuitable(spec: LoadSpec): void {
    requireModelName(spec.model);
    directory.resolve(spec.source);
    const foreign = Object.keys(spec.arguments).some((name) => !isArgumentName(name) || !template.supports.has(name));
    if (foreign) throw new GatewayError("invalid_request", `it has arguments that ${template.engine} does not take`);
  }

  /** The configured model, if the models directory has one by that name. */
  function firstLoad(): ReadonlyMap<Task, LoadSpec> {
    const { name } = config.model;
    if (!directory.names().includes(name)) return new Map();
    return new Map([["generate", prepare({ model: name, task: "generate", arguments: {} })]]);
  }
  return service;
}

/** An instance nobody uses is not worth a line. */
function inUse({ state }: InstanceStatus): boolean {
  return state !== "idle";
}
