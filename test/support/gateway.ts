import type { Policy } from "../../clients/typescript/src/policy/index.ts";
import { loadConfig } from "../../src/config/index.ts";
import { type Gateway, startGateway } from "../../src/gateway.ts";
import type { LogFields, Logger } from "../../src/observe/index.ts";
import type { Platform } from "../../src/platform/index.ts";
import { type LeafRotation, openLeafIdentity } from "../../src/ratls/index.ts";
import { loadSigningKeys, type SigningKeys } from "../../src/signing/index.ts";
import { sharedPlatform } from "./simulated-tee.ts";

/** Tokens of two callers. */
export const TOKEN = "first-token-of-the-tests";
export const OTHER_TOKEN = "second-token-of-the-tests";

/** A gateway in this process, on real sockets. */
export interface TestGateway extends AsyncDisposable {
  /** Base URL of the cleartext listener. */
  readonly url: string;
  /** Base URL of the TLS listener, if there is one. */
  readonly tlsUrl: string | undefined;
  readonly keys: SigningKeys;
  /** What attests it: the simulated TEE of the test file, or what a test made of it. */
  readonly platform: Platform;
  /** Trusts exactly that TEE. */
  readonly policy: Policy;
  /** The leaves of the TLS listener, if there is one. */
  readonly rotation: LeafRotation | undefined;
  /** Every record logged so far, as text. */
  readonly log: string[];
  readonly gateway: Gateway;
}

export interface TestGatewayOptions {
  readonly engine: string;
  /** Variables over the defaults of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
  /** Stands between the gateway and the shared platform: counts, delays or breaks what the platform gives. */
  readonly platform?: (shared: Platform) => Platform;
  /** What the gateway judges its own evidence by. Default: the policy that trusts the shared platform. */
  readonly policy?: Policy;
}

function recordingLogger(lines: string[]): Logger {
  const write = (event: string, fields: LogFields = {}): void => void lines.push(JSON.stringify({ event, ...fields }));
  return {
    debug: write,
    info: write,
    warn: write,
    error: write,
    fault: (event, cause, fields) =>
      write(event, { ...fields, stack: cause instanceof Error ? cause.stack : String(cause) }),
    flush() {},
  };
}

/** Starts a gateway in front of `engine`, on the simulated TEE all gateways of a test file share. */
export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const { engine, env = {}, tls = false, platform: wrap = (shared) => shared } = options;
  const config = loadConfig({
    env: {
      DEV: "1",
      MODEL_NAME: "m",
      TOKEN: `${TOKEN},${OTHER_TOKEN}`,
      VLLM_BASE_URL: engine,
      LISTEN_PORT: "0",
      COUNTERSIGN_LISTEN_HOST: "127.0.0.1",
      // All callers of a test come from one address.
      COUNTERSIGN_ATTESTATION_QUOTES_PER_SECOND: "1000",
      COUNTERSIGN_ATTESTATION_QUOTE_BURST: "1000",
      ...(tls ? { COUNTERSIGN_TLS_PORT: "0" } : {}),
      ...env,
    },
    argv: [],
  });
  const log: string[] = [];
  const logger = recordingLogger(log);
  const shared = await sharedPlatform();
  const platform = wrap(shared);
  const leaves = tls ? await openLeafIdentity(config.tls, platform.quotes, logger) : undefined;
  const identity = leaves?.identity;
  const { policy } = shared.simulation;
  const ownPolicy = options.policy ?? policy;
  const keys = await loadSigningKeys(shared.keySource, identity === undefined ? [] : [identity.publicKey]);
  const gateway = await startGateway({
    config,
    tokens: config.tokens,
    keys,
    platform,
    policy: ownPolicy,
    identity,
    onModelChange: () => void leaves?.rotation.remint("model changed"),
    log: logger,
  });
  return {
    url: `http://127.0.0.1:${gateway.port}`,
    tlsUrl: gateway.tlsPort === undefined ? undefined : `https://127.0.0.1:${gateway.tlsPort}`,
    keys,
    platform,
    policy,
    rotation: leaves?.rotation,
    log,
    gateway,
    async [Symbol.asyncDispose]() {
      leaves?.rotation.stop();
      await gateway.drain(0);
    },
  };
}
