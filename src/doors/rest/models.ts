import { collect, type EngineRequest } from "../../engines/index.ts";
import { GatewayError } from "../../errors/index.ts";
import { respond, respondError, respondJson } from "../../server/index.ts";
import type { RestContext, RestServices } from "./route.ts";

/** Most bytes of an engine's model list or metrics. */
const MAX_ANSWER_BYTES = 4 << 20;

/** Asks the engine for a document and passes it on through `transform`. */
function relay(services: RestServices, path: string, contentType: string, transform: (body: Buffer) => Buffer) {
  return ({ request, response, requestId }: RestContext): void => {
    const leaving = new AbortController();
    response.on("close", () => leaving.abort());
    const ask: EngineRequest = { method: "GET", path, requestId, stream: false };
    collect(services.engines, ask, MAX_ANSWER_BYTES, leaving.signal).then(
      (answer) =>
        respond(response, 200, { "content-type": contentType, "x-request-id": requestId }, transform(answer.body)),
      (thrown) => {
        const error = GatewayError.from(thrown);
        services.metrics.error(error.code);
        respondError(request, response, requestId, error);
      },
    );
  };
}

/**
 * The engine's model list, cut down to what can be asked for here. If all of it can, its bytes pass unchanged. The list
 * is the engine's and is not trusted: one that cannot be read becomes the configured names alone.
 */
export function servedModels(names: readonly string[], body: Buffer): Buffer {
  let entries: unknown[] = [];
  try {
    const list = JSON.parse(body.toString("utf8")) as { data?: unknown };
    if (Array.isArray(list.data)) entries = list.data;
  } catch {
    // Not JSON: nothing to keep.
  }
  const idOf = (entry: unknown): unknown =>
    typeof entry === "object" && entry !== null ? (entry as Record<string, unknown>)["id"] : undefined;
  const served = entries.filter((entry) => names.includes(idOf(entry) as string));
  const missing = names
    .filter((name) => !served.some((entry) => idOf(entry) === name))
    .map((id) => ({ id, object: "model", created: 0, owned_by: "countersign" }));
  if (missing.length === 0 && served.length === entries.length) return body;
  return Buffer.from(JSON.stringify({ object: "list", data: [...served, ...missing] }));
}

/** `GET /v1/models`. */
export function modelsRoute(services: RestServices) {
  const { models } = services;
  const ask = relay(services, "/v1/models", "application/json", (body) => servedModels(models.names, body));
  return (context: RestContext): void => {
    // Nothing loaded is an empty list, not an error.
    if (models.names.length > 0) ask(context);
    else respondJson(context.response, 200, context.requestId, { object: "list", data: [] });
  };
}

/** `GET /v1/metrics`: the engine's own metrics. */
export function engineMetricsRoute(services: RestServices) {
  return relay(services, "/metrics", "text/plain; charset=utf-8", (body) => body);
}
