import { createContextKey } from "@connectrpc/connect";
import type { AttestationServices } from "../../attestation/index.ts";
import type { Config } from "../../config/index.ts";
import type { EnginePool } from "../../engines/index.ts";
import type { EnvelopeOpener } from "../../envelope/index.ts";
import type { Caller, ExchangeServices } from "../../exchange/index.ts";
import type { ModelService } from "../../models/index.ts";
import type { Authenticator, InFlight, LoadAccess } from "../../server/index.ts";

/** What the RPC door needs from the gateway. */
export interface RpcServices extends ExchangeServices, AttestationServices {
  readonly config: Config;
  readonly engines: EnginePool;
  readonly models: ModelService;
  readonly envelopes: EnvelopeOpener;
  readonly authenticate: Authenticator;
  readonly loadAccess: LoadAccess;
  readonly inFlight: InFlight;
  /** True while the engine answers. */
  readonly ready: () => boolean;
  /** Calls back at each change of readiness until the returned function is called. */
  readonly onReadiness: (listener: (ready: boolean) => void) => () => void;
  /** True while no new exchange is taken. */
  readonly draining: () => boolean;
}

/** Who makes the call; set by the gate before any message is read. */
export const callerKey = createContextKey<Caller>({ id: "", label: "public" }, { description: "caller" });

/** Longest deadline a caller may ask for. Milliseconds. */
export const MAX_CALL_TIMEOUT_MS = 24 * 3600 * 1000;
