import { GatewayError } from "../../errors/index.ts";
import type { Logger } from "../../observe/index.ts";
import { createInFlight, type InFlight } from "../../server/index.ts";
import { EngineCommandError, type EngineTemplate, progressOf, type Task } from "../engine-process/index.ts";
import type { InstanceStatus, ModelState } from "./instance-status.ts";
import { expectationMet, type LoadSpec, sameEngine } from "./load-spec.ts";
import { type ModelDigest, NO_DIGEST, sameDigest } from "./model-digest.ts";
import type { ModelVerifier } from "./model-verifier.ts";
import type { ModelsDirectory } from "./models-directory.ts";
import { orExit, type RunningEngine } from "./running-engine.ts";
import { type Serving, startServing } from "./serving.ts";
import type { StartGate } from "./start-gate.ts";

/** Longest pause before a restart. Milliseconds. */
const LONGEST_RESTART_DELAY_MS = 60_000;
/** What was cut at the end of a drain gets this long to let go. Milliseconds. */
const LAST_CUT_MS = 5_000;
/** An engine that served this long has recovered: its next death is its first again. Milliseconds. */
const STEADY_MS = 10 * 60_000;

export interface InstanceTimes {
  /** For running exchanges before their model is unloaded. Milliseconds. */
  readonly drainMs: number;
  /** From an engine's start to its first healthy answer. Milliseconds. */
  readonly loadTimeoutMs: number;
  /** Restarts in a row. */
  readonly restarts: number;
  /** Before the first restart. Milliseconds. */
  readonly restartDelayMs: number;
}

export interface InstanceOptions extends InstanceTimes {
  readonly task: Task;
  readonly template: EngineTemplate;
  readonly directory: ModelsDirectory;
  readonly verify: ModelVerifier;
  readonly gate: StartGate;
  /** Starts an engine process for a model. Rejects with an EngineCommandError if the model does not suit the engine. */
  readonly start: (spec: LoadSpec, path: string, onLine: (line: string) => void) => Promise<RunningEngine>;
  /** Called when an engine's process group is gone. */
  readonly onStopped: (task: Task) => void;
  /** The number of the next load. */
  readonly nextGeneration: () => number;
  /** What the gateway has in flight over all. */
  readonly inFlight: InFlight;
  /** Called at each change of the status. */
  readonly onStatus: () => void;
  /** Called when what should run changes for good: a load has succeeded, or nothing is to be loaded. */
  readonly onSettled: (task: Task, spec: LoadSpec | undefined) => void;
  readonly log: Logger;
}

/** A load or unload that was accepted. */
export interface Ticket {
  /** Number of the load; of an unload, that of the load it ends. */
  readonly generation: number;
  /** Whether it joined one that was there. */
  readonly joined: boolean;
  /**
   * Resolves with the status at its end: ready, idle or error. Rejects with `load_superseded` if a later one took its
   * place, and with `draining` when the gateway stops.
   */
  readonly done: Promise<InstanceStatus>;
}

/** What the instance is to become: the latest wins. */
interface Target {
  /** Undefined: nothing loaded. */
  readonly spec: LoadSpec | undefined;
  readonly generation: number;
  /** Restarts that led here, since the engine last ran well. */
  readonly attempt: number;
  readonly superseded: AbortController;
  readonly outcome: PromiseWithResolvers<InstanceStatus>;
  /** The loop is done with it, well or not. */
  reached: boolean;
}

/** The engine that serves or is being taken down. */
interface Loaded {
  readonly engine: RunningEngine;
  readonly spec: LoadSpec;
  readonly generation: number;
  readonly digest: ModelDigest;
  readonly inFlight: InFlight;
  readonly watching: AbortController;
  readonly readySince: number;
}

/** A load that failed, with what people are told. */
class LoadFailure extends Error {
  override readonly name = "LoadFailure";
  readonly outputTail: readonly string[];
  constructor(message: string, outputTail: readonly string[] = []) {
    super(message);
    this.outputTail = outputTail;
  }
}

type Fields = Omit<InstanceStatus, "instance" | "inFlight" | "since">;

/**
 * One engine instance: the state machine of a model's life. Requests set a target; one loop works towards it, and after
 * each wait looks whether the target is still the same. Nothing else writes the state, but for an engine's death.
 */
export class ModelInstance {
  readonly #options: InstanceOptions;
  #fields: Fields = {
    state: "idle",
    model: "",
    digest: NO_DIGEST,
    generation: 0,
    progress: 0,
    message: "no model is loaded",
    outputTail: [],
  };
  #since = Date.now();
  #target: Target;
  /** The loop, while it runs. */
  #working: Promise<void> | undefined;
  #loaded: Loaded | undefined;
  /** The last engine's end: its memory is free only after that. */
  #lastStop: Promise<unknown> = Promise.resolve();
  #restart: NodeJS.Timeout | undefined;
  #closing = false;
  #endDrain = Promise.withResolvers<void>();

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.#target = newTarget(undefined, 0, 0);
    this.#target.outcome.resolve(this.status);
    this.#target.reached = true;
  }

  get status(): InstanceStatus {
    const { state, message } = this.#fields;
    const inFlight = this.#loaded?.inFlight.size ?? 0;
    return {
      ...this.#fields,
      message: state === "unloading" && inFlight > 0 ? `${message}; exchanges in flight: ${inFlight}` : message,
      instance: this.#options.task,
      since: this.#since,
      inFlight,
    };
  }

  /** Name of the model that is loaded or is to be; empty if there is none. */
  get wanted(): string {
    return this.#target.spec?.model ?? "";
  }

  /** Whether an engine that failed will be started again without anybody's doing. */
  get willRestart(): boolean {
    return this.#restart !== undefined;
  }

  /** Loads a model. An identical load that is under way or done is joined. */
  load(spec: LoadSpec): Ticket {
    const { generation, outcome } = this.#target;
    if (this.#joins(spec)) return { generation, joined: true, done: outcome.promise };
    return this.#aim(newTarget(spec, this.#options.nextGeneration(), 0));
  }

  /** Drains and unloads what there is, and ends what is under way. */
  unload(): Ticket {
    const { spec, generation, outcome } = this.#target;
    if (spec === undefined) return { generation, joined: true, done: outcome.promise };
    this.#options.onSettled(this.#options.task, undefined);
    return this.#aim(newTarget(undefined, generation, 0));
  }

  /** A hold on the model that is ready, if it has this name. */
  open(name: string): Serving | undefined {
    const loaded = this.#loaded;
    if (loaded === undefined || this.#fields.state !== "ready" || loaded.spec.model !== name) return undefined;
    const { generation, digest, engine, inFlight } = loaded;
    return startServing({ name, digest, generation }, engine.pool, [inFlight, this.#options.inFlight]);
  }

  /** Where the model that is ready answers. */
  get engines() {
    return this.#fields.state === "ready" ? this.#loaded?.engine.pool : undefined;
  }

  /** Ends everything without a drain; what should run stays noted. Resolves when no process is left. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#supersede(new GatewayError("draining", "The gateway is shutting down"));
    this.#loaded?.inFlight.cutAll(new GatewayError("draining", "The gateway is shutting down; try again"));
    this.#endDrain.resolve();
    this.#takeDown();
    await this.#working;
    await this.#lastStop;
  }

  #joins(spec: LoadSpec): boolean {
    const { spec: held, generation } = this.#target;
    if (held === undefined || !sameEngine(held, spec) || this.#fields.state === "error") return false;
    const actual = this.#loaded?.generation === generation ? this.#loaded.digest : undefined;
    return expectationMet(spec.expectedDigest, held.expectedDigest, actual);
  }

  #aim(target: Target): Ticket {
    this.#supersede(new GatewayError("load_superseded", "A later load or unload took this load's place"));
    this.#target = target;
    this.#announce(target);
    this.#work();
    return { generation: target.generation, joined: false, done: target.outcome.promise };
  }

  /** Shows at once what is about to happen. */
  #announce({ spec, generation }: Target): void {
    if (this.#loaded !== undefined) this.#set("unloading", { message: "the model is being unloaded" });
    else if (spec !== undefined) this.#waiting(spec, generation);
    else if (this.#fields.state === "loading") this.#set("unloading", { message: "the load is being ended" });
  }

  #waiting({ model }: LoadSpec, generation: number): void {
    this.#set("loading", {
      model,
      digest: NO_DIGEST,
      generation,
      progress: 0,
      message: "waiting for its turn",
      outputTail: [],
    });
  }

  #supersede(reason: GatewayError): void {
    clearTimeout(this.#restart);
    this.#restart = undefined;
    const { superseded, outcome } = this.#target;
    superseded.abort(reason);
    outcome.reject(reason);
  }

  /** Starts the loop unless it runs. */
  #work(): void {
    this.#working ??= this.#loop().finally(() => {
      this.#working = undefined;
      // A target set after the loop's last look, before it ended.
      if (this.#unreached && !this.#closing) this.#work();
    });
  }

  async #loop(): Promise<void> {
    while (this.#unreached && !this.#closing) {
      const target = this.#target;
      await this.#reach(target);
      target.reached = true;
    }
  }

  get #unreached(): boolean {
    return !this.#target.reached;
  }

  async #reach(target: Target): Promise<void> {
    if (this.#loaded !== undefined) await this.#unloadCurrent();
    await this.#lastStop;
    if (target !== this.#target || this.#closing) return;
    if (target.spec === undefined) {
      this.#set("idle", { model: "", digest: NO_DIGEST, progress: 0, message: "no model is loaded" });
      target.outcome.resolve(this.status);
      return;
    }
    try {
      await this.#bringUp(target, target.spec);
    } catch (thrown) {
      if (target !== this.#target || this.#closing) return;
      this.#failed(target, thrown);
    }
  }

  /** Lets what runs finish, cuts it after the limit, and ends the engine. */
  async #unloadCurrent(): Promise<void> {
    const loaded = this.#loaded;
    if (loaded === undefined) return;
    const { drainMs, gate } = this.#options;
    const { inFlight } = loaded;
    this.#set("unloading", { message: "the model is being unloaded" });
    const work = (async () => {
      if (inFlight.size > 0) {
        const why = new GatewayError("model_not_loaded", "The model is being unloaded; try again", {
          modelState: "unloading",
        });
        const cut = setTimeout(() => inFlight.cutAll(why), drainMs);
        const over = setTimeout(() => this.#endDrain.resolve(), drainMs + LAST_CUT_MS);
        this.#endDrain = Promise.withResolvers();
        // The engine may die meanwhile; its exchanges then end by themselves.
        await Promise.race([inFlight.idle(), this.#endDrain.promise]);
        clearTimeout(cut);
        clearTimeout(over);
      }
      this.#takeDown();
      await this.#lastStop;
    })();
    gate.stopping(work);
    await work;
  }

  /** Ends the engine's process; nothing is loaded from now on. */
  #takeDown(): void {
    const loaded = this.#loaded;
    if (loaded === undefined) return;
    this.#loaded = undefined;
    loaded.watching.abort();
    this.#stop(loaded.engine);
  }

  #stop(engine: RunningEngine): void {
    const { gate, log, onStopped, task } = this.#options;
    const work = engine.stop().then((gone) => {
      if (!gone) log.error("engine does not end", { instance: task, pid: engine.process.pid });
      onStopped(task);
    });
    this.#lastStop = work;
    gate.stopping(work);
  }

  async #bringUp(target: Target, spec: LoadSpec): Promise<void> {
    const { gate, directory, verify, start, loadTimeoutMs, log, task, onSettled } = this.#options;
    const { signal } = target.superseded;
    const { generation } = target;
    this.#waiting(spec, generation);
    const leave = await gate.enter(signal);
    let engine: RunningEngine | undefined;
    try {
      const path = directory.resolve(spec.source);
      this.#set("loading", { message: "establishing the model's digest" });
      const input = { name: spec.model, source: spec.source, path, expected: spec.expectedDigest };
      const digest = await verify(input, (done, total) => this.#verified(target, done, total), signal);
      signal.throwIfAborted();
      if (spec.expectedDigest !== undefined && !sameDigest(spec.expectedDigest, digest)) {
        throw new LoadFailure(`the model's digest (kind ${digest.kind}) is not the expected one`);
      }
      this.#set("loading", { digest, message: "starting the engine" });
      engine = await start(spec, path, (line) => this.#onLine(target, line));
      signal.throwIfAborted();
      this.#set("loading", { message: "waiting for the engine to answer" });
      await this.#ready(engine, signal, loadTimeoutMs);
      if (target !== this.#target || this.#closing) return;
      engine.process.output.serve();
      log.info("model loaded", { instance: task, model: spec.model, generation, digest: digest.kind });
      this.#loaded = {
        engine,
        spec,
        generation,
        digest,
        inFlight: this.#watchedInFlight(),
        watching: new AbortController(),
        readySince: Date.now(),
      };
      engine = undefined;
      this.#set("ready", { progress: 1, message: "the engine answers" });
      onSettled(task, spec);
      target.outcome.resolve(this.status);
      void this.#watch(target, this.#loaded);
    } finally {
      // An engine that was not taken over must be gone before the next one starts.
      if (engine !== undefined) {
        this.#stop(engine);
        await this.#lastStop;
      }
      leave();
    }
  }

  /** Waits for the first healthy answer, not past the engine's death, the time limit or a later target. */
  async #ready(engine: RunningEngine, signal: AbortSignal, timeoutMs: number): Promise<void> {
    const timeUp = new AbortController();
    const timer = setTimeout(() => timeUp.abort(), timeoutMs);
    try {
      const exit = await orExit(engine.healthy(AbortSignal.any([signal, timeUp.signal])), engine);
      if (exit !== undefined) throw new LoadFailure(exit.cause, engine.process.output.lines());
    } catch (thrown) {
      if (!timeUp.signal.aborted || signal.aborted) throw thrown;
      const said = engine.process.output.rootCause();
      const last = said === undefined ? "" : `; it last said: ${said}`;
      throw new LoadFailure(`the engine did not answer within ${timeoutMs} ms${last}`, engine.process.output.lines());
    } finally {
      clearTimeout(timer);
      timeUp.abort();
    }
  }

  /** Sees to the end of an engine that serves: by death or by silence. */
  async #watch(target: Target, loaded: Loaded): Promise<void> {
    const { engine, watching } = loaded;
    let cause: string;
    try {
      const exit = await orExit(engine.hung(watching.signal), engine);
      cause = exit?.cause ?? "the engine stopped answering questions after its health";
    } catch {
      return;
    }
    watching.abort();
    if (this.#loaded !== loaded) return;
    const unloading = this.#fields.state === "unloading";
    this.#takeDown();
    // A loop that unloads it anyway goes on; what hung in it is cut.
    loaded.inFlight.cutAll(new GatewayError("engine_unreachable", "The engine died"));
    if (unloading || this.#closing) return;
    const attempt = Date.now() - loaded.readySince > STEADY_MS ? 0 : target.attempt;
    this.#failed({ ...target, attempt }, new LoadFailure(cause, engine.process.output.lines()), true);
  }

  /** Enters `error`; an engine that once served is started again after a pause. */
  #failed(target: Target, thrown: unknown, served = target.attempt > 0): void {
    const { log, task, restarts, restartDelayMs } = this.#options;
    const { message, outputTail } = this.#describe(thrown);
    const { spec, attempt } = target;
    const again = served && spec !== undefined && attempt < restarts;
    const delay = Math.min(restartDelayMs * 2 ** attempt, LONGEST_RESTART_DELAY_MS);
    const next = again ? `; restart ${attempt + 1} of ${restarts} in ${delay} ms` : "";
    log.error("model failed", { instance: task, model: spec?.model, generation: target.generation, cause: message });
    if (again) {
      this.#restart = setTimeout(() => {
        this.#restart = undefined;
        this.#target = newTarget(spec, this.#options.nextGeneration(), attempt + 1);
        this.#work();
      }, delay);
    }
    this.#set("error", { digest: NO_DIGEST, message: `${message}${next}`, outputTail });
    target.outcome.resolve(this.status);
  }

  #describe(thrown: unknown): { readonly message: string; readonly outputTail: readonly string[] } {
    if (thrown instanceof LoadFailure) return thrown;
    if (thrown instanceof EngineCommandError) return { message: thrown.message, outputTail: [] };
    const error = GatewayError.from(thrown);
    if (error.code === "internal") this.#options.log.fault("load failed", error.cause);
    return { message: error.message, outputTail: [] };
  }

  #verified(target: Target, done: number, total: number): void {
    if (target !== this.#target || total <= 0) return;
    const percent = Math.floor((100 * done) / total);
    const message = `establishing the model's digest: ${Math.min(100, percent)} %`;
    if (message !== this.#fields.message) this.#set("loading", { message });
  }

  #onLine(target: Target, line: string): void {
    if (target !== this.#target || this.#fields.state !== "loading") return;
    const share = progressOf(line);
    if (share === undefined) return;
    const progress = Math.max(this.#fields.progress, Math.floor(share * 100) / 100);
    if (progress === this.#fields.progress && this.#fields.message.startsWith("loading weights")) return;
    this.#set("loading", { progress, message: `loading weights: ${Math.round(progress * 100)} %` });
  }

  /** Counts exchanges, and tells while the model is being unloaded. */
  #watchedInFlight(): InFlight {
    const counted = createInFlight();
    const { onStatus } = this.#options;
    const tell = (): void => {
      if (this.#fields.state === "unloading") onStatus();
    };
    return {
      add: counted.add,
      remove(item) {
        counted.remove(item);
        tell();
      },
      cutAll: counted.cutAll,
      get size() {
        return counted.size;
      },
      idle: counted.idle,
    };
  }

  #set(state: ModelState, fields: Partial<Omit<Fields, "state">>): void {
    const isNewLoad = fields.generation !== undefined && fields.generation !== this.#fields.generation;
    if (state !== this.#fields.state || isNewLoad) this.#since = Date.now();
    this.#fields = { ...this.#fields, ...fields, state };
    this.#options.onStatus();
  }
}

function newTarget(spec: LoadSpec | undefined, generation: number, attempt: number): Target {
  const outcome = Promise.withResolvers<InstanceStatus>();
  // Nobody has to wait for an outcome.
  outcome.promise.catch(() => {});
  return { spec, generation, attempt, superseded: new AbortController(), outcome, reached: false };
}
