import { TASKS } from "../engine-process/index.ts";
import type { InstanceStatus, ModelState } from "./instance-status.ts";
import type { ModelService } from "./model-service.ts";

/** What the older vocabulary calls a state. */
const OLDER: Readonly<Record<ModelState, string>> = {
  idle: "idle",
  loading: "loading",
  ready: "ready",
  unloading: "unloading",
  error: "failed",
};

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The five fields management planes read: of the instance that generates. */
export function proxyStatus(generate: InstanceStatus) {
  return {
    loaded_model: generate.model,
    loaded_model_digest: hex(generate.digest.value),
    proxy_status: generate.state,
    proxy_message: generate.message,
    proxy_progress: generate.progress,
  };
}

/** The instance that generates: always the first. */
export function generateStatus(models: ModelService): InstanceStatus {
  const [generate] = models.status();
  if (generate === undefined) throw new Error("there is always an instance that generates");
  return generate;
}

function instanceDocument(status: InstanceStatus, now: number, withOutput: boolean) {
  return {
    state: OLDER[status.state],
    task: status.instance,
    model: status.model,
    model_digest: hex(status.digest.value),
    model_digest_kind: status.digest.kind,
    generation: status.generation,
    message: status.message,
    in_flight: status.inFlight,
    elapsed_s: Math.max(0, Math.round((now - status.since) / 100) / 10),
    ...(status.state === "loading" ? { progress: status.progress } : {}),
    ...(status.state === "error" ? { error: status.message } : {}),
    ...(status.state === "error" && withOutput ? { stderr_tail: status.outputTail } : {}),
  };
}

/**
 * The status in both vocabularies, from one record. Top-level fields describe the instance that generates; one that only
 * stands beside it and has failed shows as `degraded`.
 *
 * @param withOutput whether the end of a failed engine's output is in it: for whoever may load models
 */
export function statusDocument(models: ModelService, withOutput: boolean, now = Date.now()): object {
  const generate = generateStatus(models);
  const instances = models.status();
  return {
    ...proxyStatus(generate),
    ...instanceDocument(generate, now, withOutput),
    degraded: instances.some(({ instance, state }) => instance !== "generate" && state === "error"),
    managed: models.managed,
    engine: models.engine,
    tasks: TASKS,
    models: Object.fromEntries(instances.map((status) => [status.instance, instanceDocument(status, now, withOutput)])),
    available: models.available(),
  };
}
