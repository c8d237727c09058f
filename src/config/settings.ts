import type { Mode, SettingPath, SettingValue, SignatureText } from "./config.ts";
import {
  boolean,
  byteSize,
  choice,
  duration,
  engineList,
  host,
  integer,
  logLevel,
  longestDurationMs,
  modelName,
  optionalPath,
  optionalPort,
  readEngine,
  readLogDirectives,
  tokenList,
} from "./kinds/index.ts";
import type { Setting } from "./setting.ts";
import { developmentSwitch, seconds } from "./variables.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Bounds shared by the bodies a caller or engine sends. Above 1 GiB one body could take the whole process. */
const bodySize = byteSize({ min: 1, max: GiB });
const timeout = duration({ min: 1, max: longestDurationMs });

/** Every setting, in the order in which people read about them. */
export const settings: { readonly [P in SettingPath]: Setting<SettingValue<P>> } = {
  mode: {
    kind: choice<Mode>(["demo", "development", "production"]),
    default: { derived: "demo when no engine is configured, otherwise production" },
    variables: [developmentSwitch],
    description:
      "How the gateway runs: demo brings its own engine, development uses generated keys and the simulated TEE, production needs attested keys.",
  },

  "listen.host": {
    kind: host,
    default: { value: "0.0.0.0", demo: { value: "127.0.0.1" } },
    variables: [],
    description: "Address both listeners bind to.",
  },
  "listen.port": {
    kind: optionalPort,
    default: { value: 8000, demo: { value: 8080 } },
    variables: [{ name: "LISTEN_PORT" }],
    description: "Port of the cleartext listener.",
  },

  "tls.port": {
    kind: optionalPort,
    default: { value: undefined, demo: { value: 8443 } },
    variables: [],
    description: "Port of the TLS listener. Without a certificate, one is made at start.",
  },
  "tls.certPath": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [{ name: "TLS_CERT_PATH" }],
    description: "PEM file with the certificate chain of the TLS listener.",
  },
  "tls.keyPath": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [{ name: "TLS_KEY_PATH" }],
    description: "PEM file with the private key that belongs to the certificate.",
  },

  "model.name": {
    kind: modelName,
    default: { required: true, demo: { value: "demo" } },
    variables: [{ name: "MODEL_NAME" }],
    concernsEngine: true,
    description: "The model this gateway answers for, as it stands in every signed text.",
  },

  engines: {
    kind: engineList,
    default: { value: [Object.freeze({ url: Object.freeze(new URL("http://localhost:8000")) })], demo: { value: [] } },
    variables: [
      { name: "VLLM_BACKEND_URLS" },
      { name: "VLLM_BASE_URL", grammar: { accepts: "one http or https URL", read: readEngine } },
    ],
    concernsEngine: true,
    description: "Base URLs of the engines. The demo starts its own.",
  },

  tokens: {
    kind: tokenList,
    default: { required: true, demo: { value: [] } },
    variables: [{ name: "TOKEN" }],
    description: "Bearer tokens callers present; each is accepted.",
  },

  "access.publicModels": {
    kind: boolean,
    default: { value: true },
    variables: [],
    description: "Whether the list of models can be read without a token.",
  },
  "access.publicMetrics": {
    kind: boolean,
    default: { value: true },
    variables: [],
    description: "Whether metrics can be read without a token.",
  },

  "limits.jsonBodyBytes": {
    kind: bodySize,
    default: { value: 10 * MiB },
    variables: [{ name: "VLLM_PROXY_MAX_REQUEST_SIZE" }],
    description: "Largest body of a JSON request; one byte more is refused with 413.",
  },
  "limits.responseBytes": {
    kind: bodySize,
    default: { value: 64 * MiB },
    variables: [],
    description: "Largest engine answer that has to be held in memory as a whole. Streams are not held.",
  },
  "limits.rpcMessageBytes": {
    kind: bodySize,
    default: { value: 16 * MiB },
    variables: [],
    description: "Largest RPC message, either way.",
  },
  "limits.headerBytes": {
    kind: byteSize({ min: 4 * KiB, max: MiB }),
    default: { value: 16 * KiB },
    variables: [],
    description: "Largest header block of one request.",
  },
  "limits.concurrentStreams": {
    kind: integer({ min: 1, max: 65_535 }),
    default: { value: 256 },
    variables: [],
    description: "Open HTTP/2 streams per connection.",
  },
  "limits.connections": {
    kind: integer({ min: 1, max: 1_000_000 }),
    default: { value: 16_384 },
    variables: [],
    description: "Open connections per listener.",
  },

  "timeouts.connectMs": {
    kind: timeout,
    default: { value: 5 * second },
    variables: [],
    description: "Opening a connection to an engine.",
  },
  "timeouts.firstByteMs": {
    kind: timeout,
    default: { value: 10 * minute },
    variables: [],
    description: "From the request's last byte to the engine's first.",
  },
  "timeouts.idleMs": {
    kind: timeout,
    default: { value: 5 * minute },
    variables: [],
    description: "Silence within an engine's answer.",
  },
  "timeouts.totalMs": {
    kind: timeout,
    default: { value: hour },
    variables: [seconds("VLLM_PROXY_TIMEOUT_SECS", { maxMs: longestDurationMs })],
    description: "One whole exchange with an engine, stream included.",
  },
  "timeouts.headersMs": {
    kind: timeout,
    default: { value: 15 * second },
    variables: [],
    description: "A caller sending the header block of a request.",
  },
  "timeouts.requestBodyMs": {
    kind: timeout,
    default: { value: 2 * minute },
    variables: [],
    description: "A caller sending the body of a request.",
  },
  "timeouts.keepAliveMs": {
    kind: timeout,
    default: { value: 75 * second },
    variables: [],
    description: "A caller's connection without a request.",
  },
  "timeouts.drainMs": {
    kind: duration({ min: 0, max: hour }),
    default: { value: 30 * second },
    variables: [],
    description: "How long running exchanges may finish after SIGTERM before they are cut and sealed; 0s cuts at once.",
  },

  "pool.maxIdleSockets": {
    kind: integer({ min: 0, max: 65_535 }),
    default: { value: 100 },
    variables: [{ name: "VLLM_PROXY_MAX_KEEPALIVE" }],
    description: "Idle connections kept open per engine.",
  },
  "pool.idleSocketMs": {
    kind: duration({ min: 1, max: hour }),
    default: { value: 4 * second },
    variables: [seconds("VLLM_PROXY_POOL_IDLE_TIMEOUT_SECS", { maxMs: hour, zeroIsDefault: true })],
    description: "How long an idle connection to an engine is kept. Keep it below the engine's own keep-alive.",
  },

  "signatures.ttlMs": {
    kind: duration({ min: second, max: longestDurationMs }),
    default: { value: 20 * minute },
    variables: [seconds("CHAT_CACHE_EXPIRATION", { maxMs: longestDurationMs })],
    description: "How long a signature can be looked up by its response id.",
  },
  "signatures.maxEntries": {
    kind: integer({ min: 1, max: 100_000_000 }),
    default: { value: 250_000 },
    variables: [],
    description: "Most signatures held. 100 requests a second for 20 minutes are 120000.",
  },
  "signatures.memoryBytes": {
    kind: byteSize({ min: MiB, max: 64 * GiB }),
    default: { value: 256 * MiB },
    variables: [],
    description: "Most memory the held signatures take.",
  },
  "signatures.text": {
    kind: choice<SignatureText>(["model-request-response", "request-response"]),
    default: { value: "model-request-response" },
    variables: [],
    description:
      "What REST signatures cover: model name and both digests, or the digests alone as older clients expect.",
  },

  "stream.checkpointChunks": {
    kind: integer({ min: 1, max: 1_000_000 }),
    default: { value: 256 },
    variables: [],
    description: "Chunks between two signed checkpoints of an RPC stream.",
  },
  "stream.checkpointIntervalMs": {
    kind: duration({ min: 1, max: hour }),
    default: { value: 2 * second },
    variables: [],
    description: "Time between two signed checkpoints; whichever interval ends first counts.",
  },
  "stream.minCheckpointChunks": {
    kind: integer({ min: 1, max: 1_000_000 }),
    default: { value: 16 },
    variables: [],
    description: "Fewest chunks between checkpoints a caller may ask for.",
  },
  "stream.minCheckpointIntervalMs": {
    kind: duration({ min: 1, max: hour }),
    default: { value: 100 },
    variables: [],
    description: "Shortest time between checkpoints a caller may ask for.",
  },

  "log.level": {
    kind: logLevel,
    default: { value: "info" },
    variables: [
      { name: "LOG_LEVEL" },
      {
        name: "RUST_LOG",
        grammar: { accepts: `${logLevel.accepts}, alone or among target=level directives`, read: readLogDirectives },
      },
    ],
    description: "Least severe record that is written. No level writes content.",
  },
  "log.format": {
    kind: choice(["text", "json"]),
    default: { value: "text" },
    variables: [{ name: "LOG_FORMAT" }],
    description: "Lines for people, or one JSON object per line.",
  },
};

/** A setting with its place, for code that treats all settings alike. */
export interface SettingEntry {
  readonly path: SettingPath;
  readonly setting: Setting<unknown>;
}

/** The table as a list. */
export const settingEntries: readonly SettingEntry[] = Object.entries(settings).map(([path, setting]) => ({
  path: path as SettingPath,
  setting: setting as Setting<unknown>,
}));
