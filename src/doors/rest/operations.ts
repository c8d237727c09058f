import { respond, respondJson } from "../../server/index.ts";
import { VERSION } from "../../version.ts";
import type { RestContext, RestServices } from "./route.ts";

/** `GET /`: an empty object, as peers answer. */
export function rootRoute({ response, requestId }: RestContext): void {
  respondJson(response, 200, requestId, {});
}

/** `GET /version`. */
export function versionRoute({ response, requestId }: RestContext): void {
  respondJson(response, 200, requestId, { type: "countersign", version: VERSION });
}

/** `GET /healthz`: the process lives. Restart it if this fails. */
export function livenessRoute({ response, requestId }: RestContext): void {
  respondJson(response, 200, requestId, { status: "alive" });
}

/** `GET /readyz`: requests would be served. Send traffic elsewhere while this fails. */
export function readinessRoute(services: RestServices) {
  return ({ response, requestId }: RestContext): void => {
    const ready = services.ready();
    respond(
      response,
      ready ? 200 : 503,
      { "content-type": "application/json", "x-request-id": requestId, ...(ready ? {} : { "retry-after": "1" }) },
      JSON.stringify({ status: ready ? "ready" : "not_ready" }),
    );
  };
}

/** `GET /metrics`: this process, Prometheus text. */
export function metricsRoute(services: RestServices) {
  return ({ response, requestId }: RestContext): void => {
    services.metrics.expose().then(
      (text) =>
        respond(response, 200, { "content-type": services.metrics.contentType, "x-request-id": requestId }, text),
      (cause) => {
        services.log.fault("metrics failed", cause);
        response.destroy();
      },
    );
  };
}
