import type { IncomingMessage, ServerResponse } from "node:http";
import { handleChat } from "./chat.ts";
import { handleCompletions } from "./completions.ts";
import { handleEmbeddings } from "./embeddings.ts";
import type { Engine } from "./engine.ts";
import { DemoError } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { sendJson, sendText } from "./json-response.ts";
import { handleModel, handleModels } from "./models.ts";
import { handleRerank, handleScore } from "./relevance.ts";
import { handleDetokenize, handleTokenize } from "./tokenize.ts";

/** One request on its way through an endpoint. `body` is empty for GET. */
export interface Call {
  readonly engine: Engine;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Fields;
}

export type Handler = (call: Call) => void;

export interface Route {
  readonly method: "GET" | "POST";
  readonly handle: Handler;
}

const get = (handle: Handler): Route => ({ method: "GET", handle });
const post = (handle: Handler): Route => ({ method: "POST", handle });

const ROUTES: ReadonlyMap<string, Route> = new Map([
  ["/v1/chat/completions", post(handleChat)],
  ["/v1/completions", post(handleCompletions)],
  ["/v1/embeddings", post(handleEmbeddings)],
  ["/v1/rerank", post(handleRerank)],
  ["/v2/rerank", post(handleRerank)],
  ["/rerank", post(handleRerank)],
  ["/v1/score", post(handleScore)],
  ["/score", post(handleScore)],
  ["/tokenize", post(handleTokenize)],
  ["/v1/tokenize", post(handleTokenize)],
  ["/detokenize", post(handleDetokenize)],
  ["/v1/detokenize", post(handleDetokenize)],
  ["/v1/models", get(handleModels)],
  ["/health", get(({ response }) => void response.writeHead(200, { "content-length": 0 }).end())],
  ["/version", get(({ response }) => sendJson(response, 200, { version: "countersign-demo" }))],
  ["/metrics", get(({ engine, response }) => sendText(response, engine.metrics.render()))],
]);

const MODEL_PREFIX = "/v1/models/";

/** Finds the route of a request. Throws a NotFoundError or a MethodNotAllowedError. */
export function findRoute(method: string, path: string): Route {
  const route =
    ROUTES.get(path) ?? (path.startsWith(MODEL_PREFIX) ? modelRoute(path.slice(MODEL_PREFIX.length)) : undefined);
  if (route === undefined) throw new DemoError("NotFoundError", "There is nothing at this path.");
  const asked = method === "HEAD" ? "GET" : method;
  if (route.method !== asked) throw new DemoError("MethodNotAllowedError", `This path takes ${route.method} requests.`);
  return route;
}

function modelRoute(encoded: string): Route {
  return get((call) => handleModel(call, encoded));
}
