import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TOKEN } from "./gateway.ts";
import { teeStateDirectory } from "./simulated-tee.ts";

/** A gateway in a process of its own, started as an operator starts it. */
export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything it has written to standard output and standard error so far. */
  output(): string;
  /** Resolves with the exit status, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
}

const PROGRAM = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Starts a gateway in front of `engine`; resolves when it has said where it listens. */
export async function startGatewayProcess(
  engine: string,
  env: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [PROGRAM], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      DEV: "1",
      MODEL_NAME: "m",
      TOKEN,
      VLLM_BASE_URL: engine,
      LISTEN_PORT: "0",
      COUNTERSIGN_LISTEN_HOST: "127.0.0.1",
      COUNTERSIGN_TEE_STATE_PATH: teeStateDirectory(),
      ...env,
    },
  });
  let output = "";
  const listening = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => {
      output += bytes.toString("utf8");
      const url = /^ +cleartext +(http:\S+)/m.exec(output)?.[1];
      if (url !== undefined) listening.resolve(url);
    });
  }
  // A test that runs out of time disposes of nothing: the child must not outlive its runner.
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  child.once("close", () => process.off("exit", end));
  const exited = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  exited.then((status) => listening.reject(new Error(`the gateway ended with ${status}:\n${output}`)));
  return {
    url: await listening.promise,
    child,
    output: () => output,
    exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    },
  };
}
