import { isUtf8 } from "node:buffer";
import { GatewayError } from "../../errors/index.ts";
import { BodyExchange } from "../../exchange/index.ts";
import { type ScanFault, scanObject } from "../../json/index.ts";
import { type Serving, withModel } from "../../models/index.ts";
import { readRequestBody, respondError } from "../../server/index.ts";
import { PassThrough } from "./pass-through.ts";
import type { RestContext, RestServices } from "./route.ts";

const FAULTS: Record<ScanFault, string> = {
  syntax: "Invalid JSON",
  not_object: "Invalid JSON: the body must be an object",
  depth: "Invalid JSON: nested too deeply",
  duplicate: "Invalid JSON: a member occurs twice",
};

/** What routing needs to know of a body. */
interface RoutedBody {
  readonly model: string;
  readonly stream: boolean;
}

/**
 * Reads `model` and `stream` out of a JSON body without changing it. The body is attacker-controlled; see scanObject.
 * Throws `invalid_json` or `invalid_request`.
 */
function readRouting(body: Buffer): RoutedBody {
  if (!isUtf8(body)) throw new GatewayError("invalid_json", "Invalid JSON: the body is not valid UTF-8");
  const scan = scanObject(body, ["model", "stream"]);
  if (!scan.ok) {
    const where = scan.fault === "not_object" ? "" : ` (at byte ${scan.offset})`;
    throw new GatewayError(
      "invalid_json",
      FAULTS[scan.fault] + where,
      scan.member === undefined ? {} : { param: scan.member },
    );
  }
  const value = (name: string): unknown => {
    const span = scan.members.get(name);
    return span === undefined ? undefined : JSON.parse(body.toString("utf8", span.start, span.end));
  };
  const model = value("model");
  const stream = value("stream") ?? false;
  if (model === undefined || model === null) {
    throw new GatewayError("invalid_request", "Missing required parameter: 'model'", { param: "model" });
  }
  if (typeof model !== "string") {
    throw new GatewayError("invalid_request", "'model' must be a string", { param: "model" });
  }
  if (typeof stream !== "boolean") {
    throw new GatewayError("invalid_request", "'stream' must be true or false", { param: "stream" });
  }
  return { model, stream };
}

/** `application/json` with any parameters (RFC 9110 section 8.3.1). */
function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType);
}

/** Handles one OpenAI path whose JSON body goes to the engine byte for byte. */
export function inferenceRoute(services: RestServices, enginePath: string) {
  return (context: RestContext): void => {
    const { request, response, requestId, caller } = context;
    const fail = (error: GatewayError): void => {
      services.metrics.error(error.code);
      respondError(request, response, requestId, error);
    };
    const failWith = (thrown: unknown): void => {
      const error = GatewayError.from(thrown);
      if (error.code === "internal") services.log.fault("inference failed", error.cause, { request_id: requestId });
      fail(error);
    };
    if (services.draining()) {
      fail(new GatewayError("draining", "The gateway is shutting down; try another one"));
      return;
    }
    if (services.config.e2ee.required) {
      fail(new GatewayError("encryption_required", "This gateway takes encrypted requests only; use its RPC"));
      return;
    }
    if (!isJson(request.headers["content-type"])) {
      fail(new GatewayError("unsupported_media_type", "Unsupported content type. Send application/json"));
      return;
    }
    const { limits, timeouts, signatures } = services.config;
    const run = (serving: Serving, body: Buffer, stream: boolean): void => {
      const origin = { caller, requestId, model: serving.name, door: "rest", operation: enginePath };
      const exchange = new BodyExchange(services, origin, signatures.text, body);
      const passThrough = new PassThrough(request, response, exchange, {
        engines: serving.engines,
        path: enginePath,
        maxResponseBytes: limits.responseBytes,
        onClosed: serving.release,
      });
      serving.hold(passThrough);
      passThrough.start(body, stream);
    };
    const bounds = { maxBytes: limits.jsonBodyBytes, timeoutMs: timeouts.requestBodyMs };
    readRequestBody(request, bounds, (error, body) => {
      if (error !== undefined) {
        fail(error);
        return;
      }
      try {
        const { model, stream } = readRouting(body);
        const wait = { response, timeoutMs: undefined };
        withModel(services.models, model, wait, (serving) => run(serving, body, stream), failWith);
      } catch (thrown) {
        failWith(thrown);
      }
    });
  };
}
