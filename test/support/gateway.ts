import { loadConfig } from "../../src/config/index.ts";
import { type Gateway, startGateway } from "../../src/gateway.ts";
import type { LogFields, Logger } from "../../src/observe/index.ts";
import { selfSignedIdentity } from "../../src/server/index.ts";
import { generatedKeySource, loadSigningKeys, type SigningKeys } from "../../src/signing/index.ts";

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
  /** Every record logged so far, as text. */
  readonly log: string[];
  readonly gateway: Gateway;
}

export interface TestGatewayOptions {
  readonly engine: string;
  /** Variables over the defaults of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
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

/** Starts a gateway in front of `engine` and waits until it has seen it answer. */
export async function startTestGateway({ engine, env = {}, tls = false }: TestGatewayOptions): Promise<TestGateway> {
  const config = loadConfig({
    env: {
      DEV: "1",
      MODEL_NAME: "m",
      TOKEN: `${TOKEN},${OTHER_TOKEN}`,
      VLLM_BASE_URL: engine,
      LISTEN_PORT: "0",
      COUNTERSIGN_LISTEN_HOST: "127.0.0.1",
      ...(tls ? { COUNTERSIGN_TLS_PORT: "0" } : {}),
      ...env,
    },
    argv: [],
  });
  const identity = tls ? await selfSignedIdentity() : undefined;
  const keys = await loadSigningKeys(generatedKeySource(), identity === undefined ? [] : [identity.publicKey]);
  const log: string[] = [];
  const gateway = await startGateway({ config, tokens: config.tokens, keys, identity, log: recordingLogger(log) });
  return {
    url: `http://127.0.0.1:${gateway.port}`,
    tlsUrl: gateway.tlsPort === undefined ? undefined : `https://127.0.0.1:${gateway.tlsPort}`,
    keys,
    log,
    gateway,
    [Symbol.asyncDispose]: () => gateway.drain(0),
  };
}
