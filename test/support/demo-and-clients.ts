import OpenAI from "openai";
import {
  type ConnectedClient,
  createClient,
  createVerifyingFetch,
  pinnedKeyset,
} from "../../clients/typescript/src/index.ts";
import { startDemoServer } from "../../src/demo/index.ts";
import { startTestGateway, type TestGateway, TOKEN } from "./gateway.ts";

/** Name of the demo engine's model. */
export const DEMO_MODEL = "m";

/** The clients of a gateway; both verify every answer under its pinned keyset. */
export interface VerifyingClients {
  /** Typed RPC. */
  readonly rpc: ConnectedClient;
  /** The OpenAI SDK over REST. */
  readonly rest: OpenAI;
}

/** Clients of `gateway` that verify every answer. */
export function verifyingClients({ url, keys }: TestGateway): VerifyingClients {
  const trust = pinnedKeyset(Buffer.from(keys.keysetDigest).toString("hex"));
  const fetch = createVerifyingFetch({ baseUrl: url, token: TOKEN, trust });
  return {
    rpc: createClient({ baseUrl: url, token: TOKEN, trust, protocol: "grpc" }),
    rest: new OpenAI({ baseURL: `${url}/v1`, apiKey: TOKEN, fetch, maxRetries: 0 }),
  };
}

/** The demo engine without delays, a gateway in front of it and clients of both doors. */
export interface DemoAndClients extends VerifyingClients, AsyncDisposable {
  readonly gateway: TestGateway;
  /** Base URL of the engine itself. */
  readonly engineUrl: string;
}

export async function startDemoAndClients(): Promise<DemoAndClients> {
  const engine = await startDemoServer({ model: DEMO_MODEL, tokensPerSecond: 0, firstTokenMs: 0 });
  const gateway = await startTestGateway({ engine: engine.url });
  const clients = verifyingClients(gateway);
  return {
    ...clients,
    gateway,
    engineUrl: engine.url,
    async [Symbol.asyncDispose]() {
      clients.rpc.close();
      await gateway[Symbol.asyncDispose]();
      await engine.close();
    },
  };
}
