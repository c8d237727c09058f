import type { AttestationServices } from "../../attestation/index.ts";
import type { Config } from "../../config/index.ts";
import type { EnginePool } from "../../engines/index.ts";
import type { Caller, ExchangeServices } from "../../exchange/index.ts";
import type { ModelService } from "../../models/index.ts";
import type { Authenticator, HttpRequest, HttpResponse, InFlight, LoadAccess } from "../../server/index.ts";

/** What the REST door needs from the gateway. */
export interface RestServices extends ExchangeServices, AttestationServices {
  readonly config: Config;
  readonly engines: EnginePool;
  readonly models: ModelService;
  readonly authenticate: Authenticator;
  readonly loadAccess: LoadAccess;
  readonly inFlight: InFlight;
  /** True while the engine answers. */
  readonly ready: () => boolean;
  /** True while no new exchange is taken. */
  readonly draining: () => boolean;
}

/** One request on its way to a handler. */
export interface RestContext {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly requestId: string;
  /** The raw query string, attacker-controlled. */
  readonly query: string;
  /** What follows a route's prefix, percent-decoded; empty for exact routes. Attacker-controlled. */
  readonly rest: string;
  /** Who asks. On a public route: nobody. */
  readonly caller: Caller;
}

/** One path and method. */
export interface Route {
  readonly method: "GET" | "POST";
  /** Exact path, or a prefix that ends in `/` when `prefix` is set. Also the metric label. */
  readonly path: string;
  readonly prefix?: boolean;
  /** Needs no token. */
  readonly public?: boolean;
  readonly handle: (context: RestContext) => void;
}
