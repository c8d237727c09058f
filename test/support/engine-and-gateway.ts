import { startTestGateway, type TestGateway, type TestGatewayOptions } from "./gateway.ts";
import { type EngineScript, type ScriptedEngine, startScriptedEngine } from "./scripted-engine.ts";

/** A scripted engine with a gateway in front of it, for one test. */
export interface EngineAndGateway extends AsyncDisposable {
  readonly engine: ScriptedEngine;
  readonly gateway: TestGateway;
}

/** Starts both. Disposing of them ends the gateway first, without waiting for what is in flight. */
export async function startEngineAndGateway(
  script: EngineScript,
  options: Omit<TestGatewayOptions, "engine"> = {},
): Promise<EngineAndGateway> {
  const engine = await startScriptedEngine(script);
  const gateway = await startTestGateway({ ...options, engine: engine.url });
  return {
    engine,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}
