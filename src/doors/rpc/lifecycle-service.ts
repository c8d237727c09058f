import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  GetStatusResponseSchema,
  ListModelsResponseSchema,
  LoadModelResponseSchema,
  type ModelLifecycleService,
  ModelState,
  type ModelStatus,
  ModelStatusSchema,
  UnloadModelResponseSchema,
  VerifyModelResponseSchema,
  WatchStatusResponseSchema,
} from "../../../gen/ts/countersign/lifecycle/v1/model_lifecycle_service_pb.ts";
import { GatewayError, rpcError } from "../../errors/index.ts";
import {
  digestFields,
  type InstanceStatus,
  type ModelDigest,
  NO_DIGEST,
  readDigest,
  TASKS,
  type Task,
} from "../../models/index.ts";
import { latest } from "./latest.ts";
import type { RpcServices } from "./services.ts";

const STATES = {
  idle: ModelState.IDLE,
  loading: ModelState.LOADING,
  ready: ModelState.READY,
  unloading: ModelState.UNLOADING,
  error: ModelState.ERROR,
} as const;

function statusMessage(status: InstanceStatus): ModelStatus {
  return create(ModelStatusSchema, {
    state: STATES[status.state],
    model: status.model,
    digest: digestFields(status.digest),
    generation: BigInt(status.generation),
    progressPercent: Math.floor(100 * status.progress),
    message: status.message,
    since: timestampFromMs(status.since),
    inFlight: status.inFlight,
    instance: status.instance,
  });
}

/** An instance's name out of a request. */
function readTask(name: string): Task | undefined {
  if (name === "") return undefined;
  const task = TASKS.find((known) => known === name);
  if (task !== undefined) return task;
  throw new GatewayError("invalid_request", `instance: Accepted: ${TASKS.join(", ")}`, { param: "instance" });
}

function readExpected(digest: Parameters<typeof readDigest>[0] | undefined): ModelDigest | undefined {
  if (digest === undefined) return undefined;
  const read = readDigest(digest);
  if (read !== undefined && read.kind !== "none") return read;
  const message = "expected_digest: needs a kind and 32 bytes";
  throw new GatewayError("invalid_request", message, { param: "expected_digest" });
}

/** Loading and unloading models; the gate has checked the token each method needs. */
export function lifecycleService(services: RpcServices): ServiceImpl<typeof ModelLifecycleService> {
  const { models } = services;

  /** Errors in our words, whatever throws. */
  async function guarded<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw failure(thrown);
    }
  }
  function failure(thrown: unknown) {
    const error = GatewayError.from(thrown);
    if (error.code === "internal") services.log.fault("lifecycle method failed", error.cause);
    services.metrics.error(error.code);
    return rpcError(error);
  }
  function instanceStatus(task: Task): InstanceStatus {
    const found = models.status().find(({ instance }) => instance === task);
    return found ?? { ...IDLE, instance: task };
  }

  return {
    getStatus: () =>
      create(GetStatusResponseSchema, {
        instances: models.status().map(statusMessage),
        managed: models.managed,
        engine: models.engine,
      }),

    async *watchStatus(_request, { signal }) {
      for await (const statuses of latest(() => models.status(), models.onStatus, signal)) {
        yield create(WatchStatusResponseSchema, { instances: statuses.map(statusMessage) });
      }
    },

    async *loadModel(request, { signal }) {
      const task = readInOurWords(() => readTask(request.instance)) ?? "generate";
      const ticket = await guarded(() =>
        models.load({
          model: request.model,
          source: request.source,
          task,
          arguments: request.arguments,
          expectedDigest: readExpected(request.expectedDigest),
        }),
      );
      // Progress until the load has ended, or the caller has left; the load goes on without it.
      const over = new AbortController();
      let last: InstanceStatus | undefined;
      let failed: unknown;
      ticket.done
        .then(
          (status) => {
            last = status;
          },
          (reason: unknown) => {
            failed = reason;
          },
        )
        .finally(() => over.abort());
      const own = (): InstanceStatus => instanceStatus(task);
      for await (const status of latest(own, models.onStatus, AbortSignal.any([signal, over.signal]))) {
        // Before its turn, the instance still shows the load before.
        if (status.generation === ticket.generation && status.state === "loading") {
          yield create(LoadModelResponseSchema, { status: statusMessage(status) });
        }
      }
      if (failed !== undefined) throw failure(failed);
      if (last !== undefined) yield create(LoadModelResponseSchema, { status: statusMessage(last) });
    },

    unloadModel: (request) =>
      guarded(async () => {
        const task = readTask(request.instance);
        const { done } = models.unload({ task, model: request.model });
        return create(UnloadModelResponseSchema, { status: statusMessage(await done) });
      }),

    listModels: () =>
      guarded(async () => {
        const stored = await models.list();
        return create(ListModelsResponseSchema, {
          models: stored.map(({ name, digest, sizeBytes, loaded }) => ({
            name,
            digest: digestFields(digest),
            sizeBytes: BigInt(sizeBytes),
            loaded,
          })),
        });
      }),

    async *verifyModel({ model }, { signal }) {
      let verified = 0;
      let total = 0;
      let tell = (): void => {};
      const over = new AbortController();
      const outcome = models
        .verify(
          model,
          (done, all) => {
            [verified, total] = [done, all];
            tell();
          },
          signal,
        )
        .then(
          (digest) => ({ digest, error: undefined }),
          (thrown: unknown) => ({ digest: NO_DIGEST, error: GatewayError.from(thrown) }),
        )
        .finally(() => over.abort());
      const subscribe = (listener: () => void): (() => void) => {
        tell = listener;
        return () => {};
      };
      const progress = (): readonly [number, number] => [verified, total];
      for await (const [done, all] of latest(progress, subscribe, AbortSignal.any([signal, over.signal]))) {
        if (all > 0) {
          yield create(VerifyModelResponseSchema, { verifiedBytes: BigInt(done), totalBytes: BigInt(all) });
        }
      }
      const { digest, error } = await outcome;
      if (error !== undefined && error.code !== "model_refused") throw failure(error);
      yield create(VerifyModelResponseSchema, {
        verifiedBytes: BigInt(verified),
        totalBytes: BigInt(total),
        done: true,
        // Only these kinds cover every byte: a digest of names, or none, proves nothing.
        valid: error === undefined && (digest.kind === "verity" || digest.kind === "file-manifest"),
        digest: digestFields(digest),
      });
    },
  };

  function readInOurWords<T>(read: () => T): T {
    try {
      return read();
    } catch (thrown) {
      throw failure(thrown);
    }
  }
}

/** What an instance nobody has used shows. */
const IDLE = {
  state: "idle",
  model: "",
  digest: NO_DIGEST,
  generation: 0,
  progress: 0,
  message: "no model is loaded",
  since: 0,
  inFlight: 0,
  outputTail: [],
} as const;
