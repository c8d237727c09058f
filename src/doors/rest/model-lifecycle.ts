import { GatewayError } from "../../errors/index.ts";
import { type LoadRequest, statusDocument, TASKS, type Task } from "../../models/index.ts";
import { readRequestBody, respond, respondError, respondJson } from "../../server/index.ts";
import { VERSION } from "../../version.ts";
import type { RestContext, RestServices, Route } from "./route.ts";

/** Largest bodies. Bytes. */
const MAX_LOAD_BYTES = 1 << 20;
const MAX_UNLOAD_BYTES = 64 << 10;

/** Members of a load that are not arguments of the engine. */
const LOAD_MEMBERS: ReadonlySet<string> = new Set(["model", "source", "task", "embedding_model", "rerank_model"]);
const UNLOAD_MEMBERS: ReadonlySet<string> = new Set(["model", "task", "all"]);

/** The lives of models over REST, for management planes that know these paths. */
export function modelLifecycleRoutes(services: RestServices): readonly Route[] {
  return [
    { method: "GET", path: "/v1/models/status", public: true, handle: statusRoute(services) },
    { method: "POST", path: "/v1/models/load", public: true, handle: loadRoute(services) },
    { method: "POST", path: "/v1/models/unload", public: true, handle: unloadRoute(services) },
    { method: "GET", path: "/.well-known/served-models", public: true, handle: servedModelsRoute(services) },
  ];
}

/** Whether the request holds a load token. Without one configured, nobody's does: what is the operator's stays shut. */
function isOperator({ loadAccess }: RestServices, authorization: string | undefined): boolean {
  if (loadAccess.open) return false;
  try {
    loadAccess.require(authorization);
    return true;
  } catch {
    return false;
  }
}

/** `GET /v1/models/status`. */
function statusRoute(services: RestServices) {
  return ({ request, response, requestId }: RestContext): void => {
    const withOutput = isOperator(services, request.headers.authorization);
    respondJson(response, 200, requestId, statusDocument(services.models, withOutput));
  };
}

/** Answers a change: the token first, then the body, then 202 with what came of it. */
function changeRoute(services: RestServices, maxBytes: number, change: (body: Fields) => object) {
  return ({ request, response, requestId }: RestContext): void => {
    services.loadAccess.require(request.headers.authorization);
    const limits = { maxBytes, timeoutMs: services.config.timeouts.requestBodyMs };
    readRequestBody(request, limits, (refused, body) => {
      try {
        if (refused !== undefined) throw refused;
        const result = change(readFields(body));
        const headers = { "content-type": "application/json", "x-request-id": requestId };
        respond(response, 202, headers, JSON.stringify({ ...statusDocument(services.models, false), ...result }));
      } catch (thrown) {
        const error = GatewayError.from(thrown);
        if (error.code === "internal") services.log.fault("model change failed", error.cause);
        services.metrics.error(error.code);
        respondError(request, response, requestId, error);
      }
    });
  };
}

/** `POST /v1/models/load`: 202; `generation` is the number of the accepted load, the rest is the status now. */
function loadRoute(services: RestServices) {
  return changeRoute(services, MAX_LOAD_BYTES, (body) => {
    const { generation, joined } = services.models.load(readLoad(body));
    return { generation, joined };
  });
}

/** `POST /v1/models/unload`: nothing named is the model that generates; `"all": true` is every instance. */
function unloadRoute(services: RestServices) {
  return changeRoute(services, MAX_UNLOAD_BYTES, (body) => {
    for (const name of Object.keys(body)) if (!UNLOAD_MEMBERS.has(name)) throw refused(name, "is not known");
    if (body["all"] !== undefined && typeof body["all"] !== "boolean") throw refused("all", "must be true or false");
    if (body["all"] === true) services.models.unloadAll();
    else services.models.unload({ model: text(body, "model"), task: readTask(body) });
    return {};
  });
}

/** `GET /.well-known/served-models`. What it says beside the digests is self-declared and proves nothing. */
function servedModelsRoute(services: RestServices) {
  return ({ response, requestId }: RestContext): void => {
    const { models, platform } = services;
    respondJson(response, 200, requestId, {
      gateway: { name: "countersign", version: VERSION },
      engine: models.engine,
      simulated: platform.simulated,
      models: models.status().map(({ instance, model, digest, generation, state }) => ({
        task: instance,
        model,
        state,
        generation,
        digest: { kind: digest.kind, value: Buffer.from(digest.value).toString("hex") },
      })),
    });
  };
}

/** A JSON object from outside. */
type Fields = Readonly<Record<string, unknown>>;

function readFields(body: Buffer): Fields {
  // An empty body names nothing.
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new GatewayError("invalid_json", "Invalid JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new GatewayError("invalid_json", "Invalid JSON: the body must be an object");
}

function refused(param: string, reason: string): GatewayError {
  // Unknown names are attacker-controlled.
  const shown = /^[a-z_]{1,64}$/.test(param) ? param : "body";
  return new GatewayError("invalid_request", `${shown}: ${reason}`, { param: shown });
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw refused(name, "must be a string");
}

function readTask(fields: Fields): Task | undefined {
  const name = text(fields, "task");
  const task = TASKS.find((known) => known === name);
  if (name === undefined || task !== undefined) return task;
  throw refused("task", `Accepted: ${TASKS.join(", ")}`);
}

/** A load of the model that generates decides about the instances beside it too; one of these touches itself alone. */
function readLoad(fields: Fields): LoadRequest {
  const model = text(fields, "model");
  if (model === undefined || model === "") throw refused("model", "is required");
  const task = readTask(fields) ?? "generate";
  const sidecars = { embed: text(fields, "embedding_model"), rerank: text(fields, "rerank_model") };
  if (task !== "generate" && (sidecars.embed ?? sidecars.rerank) !== undefined) {
    throw refused("task", "only a load of task generate takes embedding_model and rerank_model");
  }
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (LOAD_MEMBERS.has(name) || value === null) continue;
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      throw refused(name, "must be a string, a number or a boolean");
    }
    given[name] = String(value);
  }
  return {
    model,
    source: text(fields, "source"),
    task,
    arguments: given,
    sidecars: task === "generate" ? sidecars : undefined,
  };
}
