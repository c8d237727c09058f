import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The demo engine in a process of its own. */
export interface DemoEngine {
  readonly url: URL;
  stop(): void;
}

/** Time for the demo engine to come up. Milliseconds. */
const START_TIMEOUT_MS = 15_000;

/** Starts the demo engine on a free loopback port. It ends with this process. Rejects if it does not come up. */
export function startDemoEngine(model: string): Promise<DemoEngine> {
  const program = fileURLToPath(new URL("./demo/main.ts", import.meta.url));
  const child: ChildProcess = spawn(
    process.execPath,
    [program, "--port", "0", "--model", model, "--exit-with-parent"],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`the demo engine ${why}`));
    };
    const timer = setTimeout(() => fail(`did not come up within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    child.once("error", (error) => fail(`could not be started: ${error.message}`));
    child.once("exit", (code) => fail(`ended with status ${String(code)}`));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      child.removeAllListeners("exit");
      try {
        const { listening } = JSON.parse(line) as { listening: string };
        resolve({ url: new URL(listening), stop: () => void child.kill("SIGTERM") });
      } catch {
        fail("did not say where it listens");
      }
    });
  });
}
