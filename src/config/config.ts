import type { Source } from "./source.ts";

/**
 * How the gateway runs.
 * - `demo`: nothing about an engine is configured; the gateway brings its own engine and token, on loopback.
 * - `development`: a real engine, generated keys, simulated TEE. Proves nothing to callers and says so.
 * - `production`: keys from an attested source.
 */
export type Mode = "demo" | "development" | "production";

/** Least severe record that is written. `silent` writes none. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "silent";

/** Which text the REST signatures cover: `model:request:response`, or the older `request:response`. */
export type SignatureText = "model-request-response" | "request-response";

/** Where quotes and keys come from. */
export type TeeSource = "auto" | "dstack" | "configfs-tsm" | "simulated";

/** Where device evidence comes from. */
export type DeviceSource = "auto" | "nvidia" | "canned" | "simulated" | "none";

/** Which form of evidence the TLS leaf carries. */
export type LeafEvidence = "deterministic" | "tcg" | "dstack" | "none";

/** Which inference server the gateway starts for a model. */
export type EngineKind = "vllm" | "sglang" | "llama.cpp" | "demo" | "custom";

/** An argument of an engine that a load may set. */
export type EngineArgumentName =
  | "dtype"
  | "quantization"
  | "max_model_len"
  | "gpu_memory_utilization"
  | "max_num_seqs"
  | "enable_chunked_prefill"
  | "max_num_batched_tokens"
  | "enable_prefix_caching"
  | "kv_cache_dtype"
  | "mamba_ssm_cache_dtype"
  | "max_cudagraph_capture_size"
  | "reasoning_parser"
  | "tool_call_parser"
  | "enable_auto_tool_choice";

/** What becomes of a request for a model that is not loaded. */
export type WhenNotLoaded = "fail" | "wait";

/** One inference engine. */
export interface EngineAddress {
  /** http or https, without credentials, query or fragment. Read only: make a new URL instead of changing it. */
  readonly url: Readonly<URL>;
}

/**
 * Every value an operator can set. The table in `settings.ts` has one entry per leaf, and neither compiles without
 * the other. Property names end in their unit; the file, the flags and the variables leave the unit to the value.
 */
export interface Settings {
  /** Default: `demo` when no engine is configured, otherwise `production`; `DEV=1` means `development`. */
  readonly mode: Mode;

  /** The cleartext listener. */
  readonly listen: {
    /** Address both listeners bind to. Default 0.0.0.0; demo and development 127.0.0.1. */
    readonly host: string;
    /** 0 takes any free port; undefined: no cleartext listener. Default 8000; demo 8080. */
    readonly port: number | undefined;
  };

  /** The TLS listener. Without a certificate, leaves are minted that carry the platform's quote. */
  readonly tls: {
    /** 0 takes any free port; undefined: no TLS listener. Default undefined; demo 8443. */
    readonly port: number | undefined;
    /** PEM file with the certificate chain. */
    readonly certPath: string | undefined;
    /** PEM file with the private key of `certPath`. */
    readonly keyPath: string | undefined;
    /** Form of the evidence in minted leaves. Default `deterministic`. */
    readonly evidence: LeafEvidence;
    /** Host names and IP addresses leaves are minted for. Default localhost, 127.0.0.1 and ::1. */
    readonly names: readonly string[];
    /** PEM file with the CA that signs minted leaves. Undefined: they sign themselves. */
    readonly caCertPath: string | undefined;
    /** PEM file with the private key of `caCertPath`. */
    readonly caKeyPath: string | undefined;
  };

  /** The platform that attests this gateway. */
  readonly tee: {
    /** Default `auto`: whatever hardware there is; demo and development `simulated`. */
    readonly source: TeeSource;
    /** Socket path or http URL of the dstack guest agent. Undefined: the usual sockets. */
    readonly dstackEndpoint: string | undefined;
    /** http URL or socket path of a dstack simulator: what it attests counts as simulated. */
    readonly simulatorEndpoint: string | undefined;
    /** Directory of configfs-tsm reports. Default /sys/kernel/config/tsm/report. */
    readonly configfsPath: string;
    /** Directory of the simulated TEE's state. Undefined: in the user's state directory. */
    readonly statePath: string | undefined;
    /** Whether to simulate although hardware is there. Default false. */
    readonly simulateBesideHardware: boolean;
    /** Default `auto`: NVIDIA's if its library is there, simulated ones in a simulated TEE, else none. */
    readonly devices: DeviceSource;
    /** How many GPUs a simulated TEE has. Default 1. */
    readonly simulatedGpus: number;
    /** Base URL of Intel's collateral service or of a cache of it. */
    readonly collateralUrl: string;
  };

  /** Evidence handed to anonymous verifiers. */
  readonly attestation: {
    /** How old evidence without a nonce may be, in milliseconds. Default 5 min. */
    readonly cacheTtlMs: number;
    /** Fresh quotes a second, for all callers together. Default 10. */
    readonly quotesPerSecond: number;
    /** Fresh quotes at once, for all callers together. Default 20. */
    readonly quoteBurst: number;
    /** Policy file the gateway's own evidence must satisfy at start. Undefined: the default policy. */
    readonly policyPath: string | undefined;
  };

  /** The model this gateway answers for. */
  readonly model: {
    /** The name in every signed text: at most 256 bytes, no control characters, not starting with `countersign.`. */
    readonly name: string;
  };

  /** Engines in the order given; 1 to 64, none in the demo (it starts its own). Default http://localhost:8000. */
  readonly engines: readonly EngineAddress[];

  /** Models the gateway loads and unloads itself, in engines it starts as its children. */
  readonly models: {
    /** Directory with one directory per model. Undefined: the gateway starts no engines. */
    readonly dir: string | undefined;
    /** Default `vllm`. */
    readonly engine: EngineKind;
    /** Program of the engine, a path or a name to be searched for. Undefined: the engine's usual name. */
    readonly program: string | undefined;
    /** Program and arguments of a `custom` engine. Default none. */
    readonly command: readonly string[];
    /** Further arguments of every engine, behind the others. Default none. */
    readonly extraArguments: readonly string[];
    /** Arguments a load may set, as far as the engine has them. Default all. */
    readonly allowedArguments: readonly EngineArgumentName[];
    /** Bearer tokens that may load and unload. Default none: everybody may, outside of production. Secret. */
    readonly loadTokens: readonly string[];
    /** Directory of what outlasts a restart. Undefined: in the user's state directory. */
    readonly statePath: string | undefined;
    /** Whether the models of the last run are loaded again at start. Default true. */
    readonly restore: boolean;
    /** Default `fail`. */
    readonly whenNotLoaded: WhenNotLoaded;
    /** How long a request waits for its model, in milliseconds. Default 30 s. */
    readonly waitMs: number;
    /** How long running exchanges may finish before their model is unloaded, in milliseconds. Default 30 s. */
    readonly drainMs: number;
    /** From the start of an engine to its first healthy answer, in milliseconds. Default 30 min. */
    readonly loadTimeoutMs: number;
    /** Between two questions to a loaded engine whether it is well, in milliseconds. Default 5 s. */
    readonly healthIntervalMs: number;
    /** For one answer to that, in milliseconds. Default 5 s. */
    readonly healthTimeoutMs: number;
    /** Answers missed in a row after which an engine counts as hung. Default 3. */
    readonly healthMisses: number;
    /** From TERM to KILL when an engine is stopped, in milliseconds. Default 2 s. */
    readonly stopGraceMs: number;
    /** How often in a row an engine that died is started again. Default 5; 0 leaves it. */
    readonly restarts: number;
    /** Before the first restart, in milliseconds; doubled each time, up to a minute. Default 1 s. */
    readonly restartDelayMs: number;
    /** Port of the first engine, the others' follow. Default 0: any free ones. */
    readonly firstPort: number;
  };

  /** Reports of the runtime status to a management plane. */
  readonly push: {
    /** Base URL. Undefined: nothing is pushed. */
    readonly url: string | undefined;
    /** What this gateway is called there. */
    readonly enclaveId: string | undefined;
    /** Bearer token presented there. Secret. */
    readonly token: string | undefined;
    /** Between two reports, in milliseconds. Default 30 s. */
    readonly intervalMs: number;
  };

  /** Bearer tokens, each accepted; at least one, none in the demo (it makes one at start). Secret. */
  readonly tokens: readonly string[];

  /** What can be read without a token. */
  readonly access: {
    /** `/v1/models` and its RPC need no token. Default true. */
    readonly publicModels: boolean;
    /** `/metrics` and `/v1/metrics` need no token. Default true. */
    readonly publicMetrics: boolean;
  };

  /** Bounds on what peers send. Sizes in bytes. */
  readonly limits: {
    /** Body of a JSON request. Default 10 MiB. */
    readonly jsonBodyBytes: number;
    /** Engine answer that has to be held in memory as a whole. Default 64 MiB. */
    readonly responseBytes: number;
    /** One RPC message, either way. Default 16 MiB. */
    readonly rpcMessageBytes: number;
    /** Header block of one request. Default 16 KiB. */
    readonly headerBytes: number;
    /** Open HTTP/2 streams per connection. Default 256. */
    readonly concurrentStreams: number;
    /** Open connections per listener. Default 16384. */
    readonly connections: number;
  };

  /** Milliseconds. */
  readonly timeouts: {
    /** Opening a connection to an engine. Default 5 s. */
    readonly connectMs: number;
    /** From the request's last byte to the engine's first. Default 10 min. */
    readonly firstByteMs: number;
    /** Silence within an engine's answer. Default 5 min. */
    readonly idleMs: number;
    /** One whole exchange with an engine, stream included. Default 1 h. */
    readonly totalMs: number;
    /** A caller sending its request's header block. Default 15 s. */
    readonly headersMs: number;
    /** A caller sending its request's body. Default 2 min. */
    readonly requestBodyMs: number;
    /** A caller's connection without a request. Default 75 s. */
    readonly keepAliveMs: number;
    /** Running exchanges after SIGTERM, before they are cut and sealed. Default 30 s; 0 cuts at once. */
    readonly drainMs: number;
  };

  /** Kept-open connections to engines. */
  readonly pool: {
    /** Idle connections kept per engine. Default 100; 0 keeps none. */
    readonly maxIdleSockets: number;
    /** How long one is kept, in milliseconds; keep it below the engine's own keep-alive. Default 4 s. */
    readonly idleSocketMs: number;
  };

  /** Signatures kept for lookup by response id. */
  readonly signatures: {
    /** How long one can be looked up, in milliseconds. Default 20 min. */
    readonly ttlMs: number;
    /** Most signatures held. Default 250 000. */
    readonly maxEntries: number;
    /** Most memory they take, in bytes. Default 256 MiB. */
    readonly memoryBytes: number;
    /** The text REST signatures cover. Default `model-request-response`. */
    readonly text: SignatureText;
  };

  /** Encryption between callers and this gateway, whatever carries the calls. */
  readonly e2ee: {
    /** Whether inference is refused where input and answer are not encrypted. Default false. */
    readonly required: boolean;
    /** Most encrypted requests remembered against replays. Default 262 144, about 35 MiB. */
    readonly replayEntries: number;
  };

  /** Signed checkpoints within RPC streams: whichever interval ends first. */
  readonly stream: {
    /** Chunks between two checkpoints. Default 256. */
    readonly checkpointChunks: number;
    /** Milliseconds between two checkpoints. Default 2 s. */
    readonly checkpointIntervalMs: number;
    /** Fewest chunks a caller may ask for. Default 16. */
    readonly minCheckpointChunks: number;
    /** Shortest interval a caller may ask for, in milliseconds. Default 100 ms. */
    readonly minCheckpointIntervalMs: number;
  };

  /** Logs: never content, never secrets. */
  readonly log: {
    /** Default `info`. */
    readonly level: LogLevel;
    /** Default `text`. */
    readonly format: "text" | "json";
  };
}

/** A known variable that was set and does nothing in this version. */
export interface IneffectiveVariable {
  /** The variable's name. Its value is not kept. */
  readonly name: string;
  /** One sentence for the operator; starts with `ignored:` when the deployment is weaker than the variable asks for. */
  readonly note: string;
}

/** A variable that looks like ours and is not: most likely a typing error. */
export interface UnknownVariable {
  readonly name: string;
  /** The nearest known name, if one is near. */
  readonly suggestion: string | undefined;
}

/** The effective configuration: complete, checked, frozen. */
export interface Config extends Settings {
  /** Where each setting's value came from. */
  readonly sources: Readonly<Record<SettingPath, Source>>;
  /** Variables to warn about at start: known, set, without effect in this version. */
  readonly notYetEffective: readonly IneffectiveVariable[];
  /** Variables to warn about at start: named like ours, but unknown. */
  readonly unknownVariables: readonly UnknownVariable[];
}

/** Place of a setting in `Settings`: `tokens`, `limits.jsonBodyBytes`. */
export type SettingPath = {
  [S in keyof Settings]: Settings[S] extends string | readonly unknown[] ? S : `${S}.${keyof Settings[S] & string}`;
}[keyof Settings];

/** Type of the value at a place. */
export type SettingValue<P extends SettingPath> = P extends keyof Settings
  ? Settings[P]
  : P extends `${infer S extends keyof Settings}.${infer K}`
    ? K extends keyof Settings[S]
      ? Settings[S][K]
      : never
    : never;
