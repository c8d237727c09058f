import { GatewayError } from "../../errors/index.ts";
import type { Caller } from "../../exchange/index.ts";
import { type HttpHandler, requestId, respondError, splitTarget } from "../../server/index.ts";
import type { RestServices, Route } from "./route.ts";

/** Who asks on a public route. */
const NOBODY: Caller = { id: "", label: "public" };

/** The routes of one path. */
type Methods = Map<string, Route>;

/**
 * Finds the route of a request, authenticates it before a byte of its body is read, and answers 404, 405 and faults of
 * handlers in the OpenAI envelope. An unknown path asks for the token first, so that paths cannot be probed without one.
 */
export function restRouter(services: RestServices, routes: readonly Route[]): HttpHandler {
  const exact = new Map<string, Methods>();
  const prefixes: (readonly [string, Methods])[] = [];
  for (const route of routes) {
    let methods = exact.get(route.path) ?? prefixes.find(([path]) => path === route.path)?.[1];
    if (methods === undefined) {
      methods = new Map();
      if (route.prefix === true) prefixes.push([route.path, methods]);
      else exact.set(route.path, methods);
    }
    methods.set(route.method, route);
  }
  const find = (path: string): { methods: Methods; rest: string } | undefined => {
    const methods = exact.get(path);
    if (methods !== undefined) return { methods, rest: "" };
    for (const [prefix, prefixed] of prefixes) {
      if (path.startsWith(prefix) && path.length > prefix.length) {
        return { methods: prefixed, rest: decode(path.slice(prefix.length)) };
      }
    }
    return undefined;
  };

  return (request, response) => {
    const id = requestId(request.headers["x-request-id"]);
    const startedAt = performance.now();
    let label = "unmatched";
    response.once("close", () => {
      const method = KNOWN_METHODS.has(request.method ?? "") ? (request.method as string) : "other";
      services.metrics.httpRequest(method, label, response.statusCode, (performance.now() - startedAt) / 1000);
    });
    try {
      const { path, query } = splitTarget(request.url ?? "/");
      const found = find(path);
      const method = request.method === "HEAD" ? "GET" : (request.method ?? "");
      const route = found?.methods.get(method);
      if (route !== undefined) label = route.path;
      const caller = isPublic(found?.methods, route) ? NOBODY : services.authenticate(request.headers.authorization);
      if (found === undefined) {
        throw new GatewayError("not_found", "No such path. The documentation lists the paths of this gateway");
      }
      if (route === undefined) {
        const allow = [...found.methods.keys()]
          .flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name]))
          .join(", ");
        throw new GatewayError("method_not_allowed", `This path takes: ${allow}`, { allow });
      }
      route.handle({ request, response, requestId: id, query, rest: found.rest, caller });
    } catch (thrown) {
      const error = GatewayError.from(thrown);
      if (error.code === "internal") services.log.fault("rest handler failed", error.cause, { request_id: id });
      services.metrics.error(error.code);
      respondError(request, response, id, error);
    }
  };
}

/** A path that needs no token for any of its methods needs none to say which those are. */
function isPublic(methods: Methods | undefined, route: Route | undefined): boolean {
  if (route !== undefined) return route.public === true;
  return methods !== undefined && [...methods.values()].every((other) => other.public === true);
}

const KNOWN_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Percent-decodes an id out of a path; attacker-controlled. A malformed one names nothing. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new GatewayError("invalid_request", "The path holds an invalid percent-encoding");
  }
}
