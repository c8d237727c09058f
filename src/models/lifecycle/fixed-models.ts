import type { EnginePool } from "../../engines/index.ts";
import { GatewayError } from "../../errors/index.ts";
import type { InFlight } from "../../server/index.ts";
import type { InstanceStatus } from "./instance-status.ts";
import { NO_DIGEST } from "./model-digest.ts";
import type { ModelService } from "./model-service.ts";
import { type ServedModel, startServing } from "./serving.ts";

export interface FixedModelsOptions {
  readonly name: string;
  readonly engines: EnginePool;
  /** What the gateway has in flight over all. */
  readonly inFlight: InFlight;
}

/** The one model of engines somebody else runs. */
export interface FixedModels extends ModelService {
  /** The engines answer, or have stopped answering. */
  setAnswering(answering: boolean): void;
}

/** The configured model is always generation 1: what the engines have loaded, and when, is not for this gateway to know. */
export function fixedModels({ name, engines, inFlight }: FixedModelsOptions): FixedModels {
  const model: ServedModel = { name, digest: NO_DIGEST, generation: 1 };
  const listeners = new Set<() => void>();
  let state: "loading" | "ready" | "error" = "loading";
  let since = Date.now();
  const messages = {
    loading: "the engine does not answer yet",
    ready: "the engine answers",
    error: "the engine does not answer any more",
  };
  const refuse = (): never => {
    throw new GatewayError(
      "models_not_managed",
      "The engines of this gateway are run by somebody else. Set models.dir to have it load models itself",
    );
  };
  const requireName = (asked: string): void => {
    if (asked === name) return;
    throw new GatewayError("model_not_found", `The model does not exist here. GET /v1/models lists: ${name}`, {
      param: "model",
    });
  };
  return {
    managed: false,
    engine: "openai",
    engines,
    names: [name],
    everServed: [name],
    require: requireName,
    open(asked) {
      requireName(asked);
      return startServing(model, engines, [inFlight]);
    },
    status(): readonly InstanceStatus[] {
      const progress = state === "ready" ? 1 : 0;
      const fields = { ...model, model: name, state, since, progress, message: messages[state], outputTail: [] };
      return [{ ...fields, instance: "generate", inFlight: inFlight.size }];
    },
    onStatus(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    served: () => [model],
    onChange() {},
    load: refuse,
    unload: refuse,
    unloadAll: refuse,
    available: () => [],
    list: () => Promise.resolve([{ name, digest: NO_DIGEST, sizeBytes: 0, loaded: state === "ready" }]),
    verify: async () => refuse(),
    setAnswering(answering) {
      const next = answering ? "ready" : state === "loading" ? "loading" : "error";
      if (next === state) return;
      state = next;
      since = Date.now();
      for (const listener of listeners) listener();
    },
    drain() {},
    async close() {
      engines.close();
    },
  };
}
