import type {
  DeviceSource,
  EngineArgumentName,
  EngineKind,
  LeafEvidence,
  Mode,
  SettingPath,
  SettingValue,
  SignatureText,
  TeeSource,
  WhenNotLoaded,
} from "./config.ts";
import type { Parsed } from "./kind.ts";
import {
  boolean,
  byteSize,
  choice,
  choiceList,
  duration,
  engineList,
  host,
  httpsUrl,
  integer,
  logLevel,
  longestDurationMs,
  modelName,
  nameList,
  optionalHttpsUrl,
  optionalPath,
  optionalPort,
  optionalToken,
  optionalWord,
  path,
  readEngine,
  readLogDirectives,
  tokenList,
  wordList,
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

/** Arguments of engines that name no file and give no access: what remains an operator's is everything else. */
const engineArgumentNames: readonly EngineArgumentName[] = [
  "dtype",
  "quantization",
  "max_model_len",
  "gpu_memory_utilization",
  "max_num_seqs",
  "enable_chunked_prefill",
  "max_num_batched_tokens",
  "enable_prefix_caching",
  "kv_cache_dtype",
  "mamba_ssm_cache_dtype",
  "max_cudagraph_capture_size",
  "reasoning_parser",
  "tool_call_parser",
  "enable_auto_tool_choice",
];

/** Every setting, in the order in which people read about them. */
export const settings: { readonly [P in SettingPath]: Setting<SettingValue<P>> } = {
  mode: {
    kind: choice<Mode>(["demo", "development", "production"]),
    default: { derived: "demo when no engine is configured, otherwise production" },
    variables: [developmentSwitch],
    description:
      "How the gateway runs: demo brings its own engine, development uses the simulated TEE, production needs hardware that attests it.",
  },

  "listen.host": {
    kind: host,
    default: { value: "0.0.0.0", demo: { value: "127.0.0.1" }, development: { value: "127.0.0.1" } },
    variables: [],
    description: "Address both listeners bind to. With a simulated TEE it is loopback unless it is set.",
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
    description: "Port of the TLS listener. Without a certificate, leaves are minted that carry the platform's quote.",
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

  "tls.evidence": {
    kind: choice<LeafEvidence>(["deterministic", "tcg", "dstack", "none"]),
    default: { value: "deterministic" },
    variables: [],
    description:
      "Form of the evidence in minted leaves: quote and minute as Privasys-style clients read it, the CCC/TCG form, dstack's, or none.",
  },
  "tls.names": {
    kind: nameList,
    default: { value: ["localhost", "127.0.0.1", "::1"] },
    variables: [],
    description: "Host names and IP addresses leaves are minted for. Any other name gets the first one's leaf.",
  },
  "tls.caCertPath": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [],
    description: "PEM file with the CA that signs minted leaves. Without it they sign themselves.",
  },
  "tls.caKeyPath": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [],
    description: "PEM file with the private key of that CA.",
  },

  "tee.source": {
    kind: choice<TeeSource>(["auto", "dstack", "configfs-tsm", "simulated"]),
    default: { value: "auto", demo: { value: "simulated" }, development: { value: "simulated" } },
    variables: [],
    description:
      "Where quotes and keys come from. auto takes the dstack guest agent if its socket is there, else configfs-tsm; it never simulates.",
  },
  "tee.dstackEndpoint": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [],
    description: "Socket path or http URL of the dstack guest agent. Without it the usual sockets are tried.",
  },
  "tee.simulatorEndpoint": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [{ name: "DSTACK_SIMULATOR_ENDPOINT" }],
    description: "Socket path or http URL of a dstack simulator. What it attests counts as simulated.",
  },
  "tee.configfsPath": {
    kind: path,
    default: { value: "/sys/kernel/config/tsm/report" },
    variables: [],
    description: "Directory of configfs-tsm reports.",
  },
  "tee.statePath": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [],
    description:
      "Directory of the simulated TEE's keys and certificates. Without it, countersign/simulated-tee in the user's state directory.",
  },
  "tee.simulateBesideHardware": {
    kind: boolean,
    default: { value: false },
    variables: [],
    description: "Whether to simulate although this machine has a real source of quotes.",
  },
  "tee.devices": {
    kind: choice<DeviceSource>(["auto", "nvidia", "canned", "simulated", "none"]),
    default: { value: "auto" },
    variables: [
      {
        name: "GPU_NO_HW_MODE",
        grammar: {
          accepts: "true, yes, on or 1 for canned evidence; false, no, off or 0 for the default",
          read(text): Parsed<DeviceSource> {
            const parsed = boolean.fromText(text);
            if (!("value" in parsed)) return parsed;
            return parsed.value ? { value: "canned" } : { reset: true };
          },
        },
      },
    ],
    description:
      "Where GPU evidence comes from. auto takes NVIDIA's library if it is there, simulated devices in a simulated TEE, else none.",
  },
  "tee.simulatedGpus": {
    kind: integer({ min: 0, max: 16 }),
    default: { value: 1 },
    variables: [],
    description: "How many GPUs a simulated TEE has.",
  },
  "tee.collateralUrl": {
    kind: httpsUrl,
    default: { value: "https://api.trustedservices.intel.com" },
    variables: [],
    description: "Base URL of Intel's collateral service, or of a cache of it (PCCS).",
  },

  "attestation.cacheTtlMs": {
    kind: duration({ min: 2 * second, max: longestDurationMs }),
    default: { value: 5 * minute },
    variables: [seconds("ATTESTATION_CACHE_TTL", { minMs: 2 * second, maxMs: longestDurationMs })],
    description: "How old evidence may be that is served without a nonce. It is made anew after half of that.",
  },
  "attestation.quotesPerSecond": {
    kind: integer({ min: 1, max: 10_000 }),
    default: { value: 10 },
    variables: [],
    description: "Fresh quotes a second, for all anonymous callers together; one address gets a fifth of that.",
  },
  "attestation.quoteBurst": {
    kind: integer({ min: 1, max: 100_000 }),
    default: { value: 20 },
    variables: [],
    description: "Fresh quotes at once, for all anonymous callers together; one address gets half of that.",
  },
  "attestation.policyPath": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [],
    description: "Policy file that the gateway's own evidence must satisfy at start. Without it, the default policy.",
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

  "models.dir": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [],
    concernsEngine: true,
    description:
      "Directory with one directory per model. With it the gateway starts engines itself and loads models on demand.",
  },
  "models.engine": {
    kind: choice<EngineKind>(["vllm", "sglang", "llama.cpp", "demo", "custom"]),
    default: { value: "vllm" },
    variables: [],
    description: "Which inference server is started for a model; demo is the built-in one, custom your own command.",
  },
  "models.program": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [],
    description: "Program of vllm, sglang or llama.cpp, a path or a name. Without it: vllm, python3 or llama-server.",
  },
  "models.command": {
    kind: wordList,
    default: { value: [] },
    variables: [],
    description:
      "Program and arguments of a custom engine. Words may hold {path}, {name}, {task}, {host} and {port}; {arguments} stands for the arguments of the load.",
  },
  "models.extraArguments": {
    kind: wordList,
    default: { value: [] },
    variables: [],
    description: "Arguments put behind the others of every engine, such as --tensor-parallel-size=8.",
  },
  "models.allowedArguments": {
    kind: choiceList(engineArgumentNames),
    default: { value: engineArgumentNames },
    variables: [],
    description: "Arguments of the engine a load may set, as far as the engine has them.",
  },
  "models.loadTokens": {
    kind: tokenList,
    default: { value: [] },
    variables: [{ name: "LOAD_TOKEN" }],
    description:
      "Bearer tokens that may load, unload and verify models; each is accepted. Without one, everybody may: production then refuses to start.",
  },
  "models.statePath": {
    kind: optionalPath,
    default: { value: undefined },
    variables: [],
    description:
      "Directory of the last load and of notes on running engines. Without it, countersign/models in the user's state directory.",
  },
  "models.restore": {
    kind: boolean,
    default: { value: true },
    variables: [],
    description: "Whether the models of the last run are loaded again at start.",
  },
  "models.whenNotLoaded": {
    kind: choice<WhenNotLoaded>(["fail", "wait"]),
    default: { value: "fail" },
    variables: [],
    description: "Whether a request for a model that is not loaded fails at once, with 503, or waits for it.",
  },
  "models.waitMs": {
    kind: timeout,
    default: { value: 30 * second },
    variables: [],
    description: "How long such a request waits before it fails.",
  },
  "models.drainMs": {
    kind: duration({ min: 0, max: hour }),
    default: { value: 30 * second },
    variables: [],
    description: "How long running exchanges may finish before their model is unloaded; then they are cut and sealed.",
  },
  "models.loadTimeoutMs": {
    kind: timeout,
    default: { value: 30 * minute },
    variables: [],
    description: "From the start of an engine to its first healthy answer.",
  },
  "models.healthIntervalMs": {
    kind: duration({ min: 1, max: hour }),
    default: { value: 5 * second },
    variables: [],
    description: "Between two questions to an engine whether it is well.",
  },
  "models.healthTimeoutMs": {
    kind: duration({ min: 1, max: hour }),
    default: { value: 5 * second },
    variables: [],
    description: "For one answer to that question.",
  },
  "models.healthMisses": {
    kind: integer({ min: 1, max: 1000 }),
    default: { value: 3 },
    variables: [],
    description: "Answers missed in a row after which an engine counts as hung and is stopped.",
  },
  "models.stopGraceMs": {
    kind: duration({ min: 0, max: 10 * minute }),
    default: { value: 2 * second },
    variables: [],
    description: "How long an engine may take to end when asked to, before it is killed with everything it started.",
  },
  "models.restarts": {
    kind: integer({ min: 0, max: 1000 }),
    default: { value: 5 },
    variables: [],
    description: "How often in a row an engine that died while it served is started again.",
  },
  "models.restartDelayMs": {
    kind: duration({ min: 1, max: minute }),
    default: { value: second },
    variables: [],
    description: "Before the first such restart; doubled each time, up to a minute.",
  },
  "models.firstPort": {
    kind: integer({ min: 0, max: 65_000 }),
    default: { value: 0 },
    variables: [],
    description: "Port of the engine that generates; embedding and reranking take the next two. 0 takes any free ones.",
  },

  "push.url": {
    kind: optionalHttpsUrl,
    default: { value: undefined },
    variables: [],
    description: "Base URL of the management plane the runtime status is pushed to. Without it nothing is pushed.",
  },
  "push.enclaveId": {
    kind: optionalWord,
    default: { value: undefined },
    variables: [],
    description: "What this gateway is called there.",
  },
  "push.token": {
    kind: optionalToken,
    default: { value: undefined },
    variables: [],
    description: "Bearer token presented there.",
  },
  "push.intervalMs": {
    kind: duration({ min: 1, max: hour }),
    default: { value: 30 * second },
    variables: [],
    description: "Between two reports of the runtime status.",
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

  "e2ee.required": {
    kind: boolean,
    default: { value: false },
    variables: [],
    description: "Whether inference is refused where input and answer are not encrypted; on REST that is all of it.",
  },
  "e2ee.replayEntries": {
    kind: integer({ min: 1, max: 16_777_216 }),
    default: { value: 262_144 },
    variables: [],
    description:
      "Most encrypted requests remembered against replays, each for up to 10 minutes; further ones are refused until there is room.",
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
