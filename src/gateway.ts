import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import {
  type AttestationServices,
  createAttestation,
  createPrivasysAttestation,
  createQuoteLimiter,
  nativeEvidence,
  servingManifest,
  tlsFingerprint,
} from "./attestation/index.ts";
import type { Config } from "./config/index.ts";
import { type RestServices, restDoor } from "./doors/rest/index.ts";
import { isRpcPath, type RpcServices, rpcDoor } from "./doors/rpc/index.ts";
import { createEnginePool, type EngineMonitor, monitorEngine } from "./engines/index.ts";
import { singleModel } from "./models/index.ts";
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
  /** For the TLS listener. */
  readonly identity: TlsIdentity | undefined;
  /** DER SubjectPublicKeyInfo of the TLS terminator in front of this gateway, where there is one. */
  readonly terminatorKey?: Uint8Array | undefined;
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
function attestationServices(options: GatewayOptions, modelNames: readonly string[]): AttestationServices {
  const { config, keys, platform, identity, terminatorKey, log } = options;
  const { cacheTtlMs, quotesPerSecond, quoteBurst } = config.attestation;
  const tlsKey = identity?.publicKey ?? terminatorKey;
  const onRefreshFailure = (reason: unknown): void => log.fault("evidence not refreshed", reason);
  const limiter = createQuoteLimiter({
    total: { perSecond: quotesPerSecond, burst: quoteBurst },
    perAddress: { perSecond: quotesPerSecond / 5, burst: Math.ceil(quoteBurst / 2) },
  });
  return {
    platform,
    privasys: createPrivasysAttestation({ platform, limiter, onRefreshFailure }),
    tlsFingerprint: tlsKey === undefined ? undefined : tlsFingerprint(tlsKey),
    attestation: createAttestation({
      native: nativeEvidence({
        platform,
        keyset: () => keys.keyset,
        manifest: () => servingManifest(modelNames),
      }),
      report: { platform, signer: keys.response, modelName: config.model.name },
      limiter,
      cacheTtlMs,
      onRefreshFailure,
    }),
  };
}

/** Opens the configured listeners in front of the configured engines. Rejects if a port cannot be had. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, keys, log } = options;
  const { limits, timeouts } = config;
  const metrics = createMetrics();
  const { ttlMs, maxEntries, memoryBytes } = config.signatures;
  const signatures = memorySignatureStore({ ttlMs, maxEntries, maxBytes: memoryBytes });
  const engines = createEnginePool({ engines: config.engines, timeouts, ...config.pool });
  const readiness = createReadiness();
  const monitor: EngineMonitor = monitorEngine(engines, log, (answering) => readiness.set(answering && !draining));
  const inFlight = createInFlight();
  let draining = false;

  const models = singleModel(config.model.name);
  const services: RestServices & RpcServices = {
    ...attestationServices(options, models.names),
    config,
    keys,
    metrics,
    log,
    signatures,
    engines,
    inFlight,
    models,
    authenticate: bearerAuthenticator(options.tokens),
    ready: () => readiness.ready,
    onReadiness: readiness.subscribe,
    draining: () => draining,
  };
  metrics.gauge("cache_size", "Signatures held for lookup.", () => signatures.size);
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
  let tlsPort: number | undefined;
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

  return {
    port,
    tlsPort,
    engineAnswered: monitor.firstAnswer,
    async drain(drainMs) {
      draining = true;
      readiness.set(false);
      monitor.stop();
      if (inFlight.size > 0) {
        const cut = setTimeout(() => inFlight.cutAll(), drainMs);
        await inFlight.idle();
        clearTimeout(cut);
        await setTimeoutPromise(LAST_LOOKUPS_MS);
      }
      await Promise.all(listeners.map((opened) => opened.close(LAST_WORDS_MS)));
      engines.close();
    },
  };
}
