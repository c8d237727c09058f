import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import type { Policy } from "@countersign/client/policy";
import {
  type AttestationServices,
  createAttestation,
  createAttestationResults,
  createPrivasysAttestation,
  createQuoteLimiter,
  loopbackHost,
  nativeEvidence,
  servingManifest,
  tlsFingerprint,
} from "./attestation/index.ts";
import type { Config } from "./config/index.ts";
import { type RestServices, restDoor } from "./doors/rest/index.ts";
import { isRpcPath, type RpcServices, rpcDoor } from "./doors/rpc/index.ts";
import { createEnginePool, type EngineMonitor, monitorEngine } from "./engines/index.ts";
import { createEnvelopeOpener } from "./envelope/index.ts";
import { GatewayError } from "./errors/index.ts";
import { fixedModels, type ModelService, type ModelVerifier, openModels, pushRuntimeStatus } from "./models/index.ts";
import { createMetrics, type Logger } from "./observe/index.ts";
import type { Platform } from "./platform/index.ts";
import {
  bearerAuthenticator,
  createInFlight,
  createReadiness,
  type HttpHandler,
  type Listener,
  listenCleartext,
  listenTls,
  loadAccess,
  type TlsIdentity,
} from "./server/index.ts";
import { memorySignatureStore } from "./signatures/index.ts";
import type { SigningKeys } from "./signing/index.ts";

/** A running gateway. */
export interface Gateway {
  /** Port of the cleartext listener, if there is one. */
  readonly port: number | undefined;
  /** Port of the TLS listener, if there is one. */
  readonly tlsPort: number | undefined;
  /** Resolves at the engine's first answer. */
  readonly engineAnswered: Promise<void>;
  /** The models and their lives. */
  readonly models: ModelService;
  /**
   * Refuses new exchanges and says so in its health, lets running ones finish, cuts and seals the rest after `drainMs`,
   * and resolves when all connections are closed. Signatures can be looked up until the last exchange has ended.
   */
  drain(drainMs: number): Promise<void>;
}

export interface GatewayOptions {
  readonly config: Config;
  /** Bearer tokens that are accepted. */
  readonly tokens: readonly string[];
  readonly keys: SigningKeys;
  /** What attests this gateway. */
  readonly platform: Platform;
  /** What this gateway judges its own evidence by, where it is asked for its own findings. */
  readonly policy: Policy;
  /** For the TLS listener. */
  readonly identity: TlsIdentity | undefined;
  /** DER SubjectPublicKeyInfo of the TLS terminator in front of this gateway, where there is one. */
  readonly terminatorKey?: Uint8Array | undefined;
  /** Establishes the digests of models the gateway loads. Default: none has one. */
  readonly verifyModel?: ModelVerifier | undefined;
  /** Called when what is served has changed: what certificates say of it is out of date. */
  readonly onModelChange?: (() => void) | undefined;
  readonly log: Logger;
}

/** After the last exchange of a drain has ended, its signature can be looked up for so long. Milliseconds. */
const LAST_LOOKUPS_MS = 1_000;
/** After the listeners have closed, connections get this long to deliver what is left. Milliseconds. */
const LAST_WORDS_MS = 1_000;

/** Each door has its own paths on every port. */
function frontDoor(rpc: HttpHandler, rest: HttpHandler): HttpHandler {
  return (request, response) => (isRpcPath(request.url ?? "") ? rpc : rest)(request, response);
}

/** What answers for the platform. One address gets a fifth of the rate of fresh quotes and half of the burst. */
function attestationServices(
  options: GatewayOptions,
  models: ModelService,
  tlsPort: () => number | undefined,
): AttestationServices {
  const { config, keys, platform, policy, identity, terminatorKey, log } = options;
  const { cacheTtlMs, quotesPerSecond, quoteBurst } = config.attestation;
  const tlsKey = identity?.publicKey ?? terminatorKey;
  const onRefreshFailure = (reason: unknown): void => log.fault("evidence not refreshed", reason);
  const limiter = createQuoteLimiter({
    total: { perSecond: quotesPerSecond, burst: quoteBurst },
    perAddress: { perSecond: quotesPerSecond / 5, burst: Math.ceil(quoteBurst / 2) },
  });
  const privasys = createPrivasysAttestation({ platform, limiter, onRefreshFailure });
  const results = createAttestationResults({
    platform,
    modelName: config.model.name,
    privasys,
    policy,
    limiter,
    listener() {
      const port = tlsPort();
      return port === undefined ? undefined : { host: loopbackHost(config.listen.host), port };
    },
    cacheTtlMs,
    onRefreshFailure,
  });
  identity?.onChange(() => results.invalidate());
  return {
    platform,
    privasys,
    results,
    tlsFingerprint: tlsKey === undefined ? undefined : tlsFingerprint(tlsKey),
    attestation: createAttestation({
      native: nativeEvidence({
        platform,
        keyset: () => keys.keyset,
        manifest: () => servingManifest(models.served()),
      }),
      report: { platform, signer: keys.response, modelName: config.model.name },
      limiter,
      cacheTtlMs,
      onRefreshFailure,
    }),
  };
}

/** Reports to the management plane, where there is one. Returns what stops them. */
function startPush(
  { url, enclaveId, token, intervalMs }: Config["push"],
  models: ModelService,
  log: Logger,
): () => void {
  if (url === undefined || enclaveId === undefined || token === undefined) return () => {};
  return pushRuntimeStatus({ url, enclaveId, token, intervalMs, models, log });
}

/** The model that generates serves; or there is none, and another one does. */
function isServing(models: ModelService): boolean {
  const [generate, ...others] = models.status();
  const isReady = ({ state }: { readonly state: string }): boolean => state === "ready";
  return generate?.state === "ready" || (generate?.state === "idle" && others.some(isReady));
}

/** Opens the configured listeners in front of the configured engines. Rejects if a port cannot be had. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, keys, log } = options;
  const { limits, timeouts } = config;
  const metrics = createMetrics();
  const { ttlMs, maxEntries, memoryBytes } = config.signatures;
  const signatures = memorySignatureStore({ ttlMs, maxEntries, maxBytes: memoryBytes });
  const readiness = createReadiness();
  const inFlight = createInFlight();
  let draining = false;
  let tlsPort: number | undefined;

  const managed = openModels({ config, inFlight, log, verify: options.verifyModel });
  let monitor: EngineMonitor | undefined;
  /** The configured model in engines somebody else runs. */
  const monitored = (): ModelService => {
    const engines = createEnginePool({ engines: config.engines, timeouts, ...config.pool });
    const fixed = fixedModels({ name: config.model.name, engines, inFlight });
    monitor = monitorEngine(engines, log, fixed.setAnswering);
    return fixed;
  };
  const models = managed ?? monitored();
  const { engines } = models;
  models.onStatus(() => readiness.set(isServing(models) && !draining));
  const engineAnswered = new Promise<void>((resolve) => {
    readiness.subscribe((ready) => ready && resolve());
  });

  const envelopes = createEnvelopeOpener({ keys, maxRemembered: config.e2ee.replayEntries });
  const services: RestServices & RpcServices = {
    ...attestationServices(options, models, () => tlsPort),
    config,
    keys,
    metrics,
    log,
    signatures,
    engines,
    inFlight,
    models,
    envelopes,
    authenticate: bearerAuthenticator(options.tokens),
    loadAccess: loadAccess(config.models.loadTokens),
    ready: () => readiness.ready,
    onReadiness: readiness.subscribe,
    draining: () => draining,
  };
  models.onChange(() => {
    services.attestation.invalidate();
    options.onModelChange?.();
  });
  metrics.gauge("cache_size", "Signatures held for lookup.", () => signatures.size);
  metrics.gauge(
    "countersign_envelopes_remembered",
    "Encrypted requests remembered against replays.",
    () => envelopes.remembered,
  );
  metrics.gauge("countersign_engine_calls_active", "Calls to engines in flight.", () => engines.active);

  const listener = {
    host: config.listen.host,
    limits: {
      headerBytes: limits.headerBytes,
      concurrentStreams: limits.concurrentStreams,
      connections: limits.connections,
      headersMs: timeouts.headersMs,
      keepAliveMs: timeouts.keepAliveMs,
    },
    handler: frontDoor(rpcDoor(services), restDoor(services)),
  };
  const countConnections = (name: string) => (change: 1 | -1) =>
    change === 1 ? metrics.connectionOpened(name) : metrics.connectionClosed(name);
  const listeners: Listener[] = [];
  let port: number | undefined;
  if (config.listen.port !== undefined) {
    const opened = await listenCleartext({
      ...listener,
      port: config.listen.port,
      onConnections: countConnections("cleartext"),
    });
    listeners.push(opened);
    port = opened.port;
  }
  if (config.tls.port !== undefined && options.identity !== undefined) {
    const opened = await listenTls({
      ...listener,
      port: config.tls.port,
      identity: options.identity,
      onConnections: countConnections("tls"),
    });
    listeners.push(opened);
    tlsPort = opened.port;
  }

  if (managed !== undefined) {
    if (config.models.loadTokens.length === 0) {
      log.warn("MODELS CAN BE LOADED BY EVERYBODY", { note: "no load token is set; set LOAD_TOKEN" });
    }
    await managed.start();
  }

  const stopPush = startPush(config.push, models, log);

  return {
    port,
    tlsPort,
    engineAnswered,
    models,
    async drain(drainMs) {
      draining = true;
      readiness.set(false);
      monitor?.stop();
      stopPush();
      models.drain();
      if (inFlight.size > 0) {
        const why = new GatewayError("draining", "The gateway is shutting down; try again");
        const cut = setTimeout(() => inFlight.cutAll(why), drainMs);
        await inFlight.idle();
        clearTimeout(cut);
        await setTimeoutPromise(LAST_LOOKUPS_MS);
      }
      await Promise.all([models.close(), ...listeners.map((opened) => opened.close(LAST_WORDS_MS))]);
    },
  };
}
