import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import {
  type Health,
  type HealthCheckResponse,
  HealthCheckResponseSchema,
  HealthListResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../../gen/ts/grpc/health/v1/health_pb.ts";
import type { RpcServices } from "./services.ts";

/** grpc.health.v1: one answer for the server as a whole and for each of its services. */
export function healthService(services: RpcServices, names: readonly string[]): ServiceImpl<typeof Health> {
  const known = new Set(["", ...names]);
  const now = (ready = services.ready()): HealthCheckResponse =>
    create(HealthCheckResponseSchema, { status: ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING });
  return {
    check({ service }) {
      if (!known.has(service)) throw new ConnectError("unknown service", Code.NotFound);
      return now();
    },
    async *watch({ service }, { signal }) {
      const isKnown = known.has(service);
      if (!isKnown) yield create(HealthCheckResponseSchema, { status: ServingStatus.SERVICE_UNKNOWN });
      // Services do not appear later: for an unknown one there is nothing to report until the caller leaves.
      for await (const ready of readiness(services, signal)) if (isKnown) yield now(ready);
    },
    list() {
      return create(HealthListResponseSchema, {
        statuses: Object.fromEntries([...known].map((name) => [name, now()])),
      });
    },
  };
}

/** Readiness now and at each change until `signal` aborts. A reader that is slow sees the latest only. */
async function* readiness(services: RpcServices, signal: AbortSignal): AsyncGenerator<boolean> {
  let wake = (): void => {};
  const stop = services.onReadiness(() => wake());
  signal.addEventListener("abort", () => wake(), { once: true });
  try {
    let reported: boolean | undefined;
    while (!signal.aborted) {
      const ready = services.ready();
      if (ready === reported) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      reported = ready;
      yield ready;
    }
  } finally {
    stop();
  }
}
