import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** One call for a client in another language to make. */
export interface ProbeCase {
  readonly url: string;
  readonly token: string;
  readonly model: string;
  readonly protocol: string;
  /** Major version of HTTP. */
  readonly http: "1" | "2";
  /** PEM file of the certificate to trust. */
  readonly ca?: string;
  /** Hex SHA-256 of the keyset to trust. */
  readonly pin: string;
  readonly case: "unary" | "stream" | "error" | "cancel" | "deadline" | "slow" | "trailers";
  readonly prompt: string;
  readonly deadline_ms?: number;
  readonly max_tokens?: number;
}

/** What came of it, as the client says. */
export interface ProbeOutcome {
  readonly id: number;
  readonly text: string;
  readonly chunks: number;
  /** Status of the verified seal; empty if there was none. */
  readonly status: string;
  readonly failure_reason: string;
  readonly request_digest?: string;
  readonly receipt_id?: string;
  /** Code of the error; empty if the answer was complete. */
  readonly code: string;
  readonly reason?: string;
  readonly message?: string;
  readonly header: readonly string[];
  readonly trailer: readonly string[];
}

/** A client in another language, in one process for all calls. */
export interface ClientProbe extends AsyncDisposable {
  run(asked: ProbeCase): Promise<ProbeOutcome>;
}

const root = resolve(import.meta.dirname, "../..");
const execute = promisify(execFile);

function startProbe(program: string, args: readonly string[]): ClientProbe {
  const child = spawn(program, args, { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
  const waiting: PromiseWithResolvers<ProbeOutcome>[] = [];
  let complaint = "";
  let asked = 0;
  child.stderr.on("data", (bytes: Buffer) => {
    complaint += bytes.toString("utf8");
  });
  child.stdin.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", (line) => {
    waiting.shift()?.resolve(JSON.parse(line) as ProbeOutcome);
  });
  const closed = once(child, "close").then(([status]) => {
    for (const { reject } of waiting) reject(new Error(`${program} ended with ${status}: ${complaint}`));
    return status as number | null;
  });
  return {
    async run(probeCase) {
      const id = ++asked;
      const answer = Promise.withResolvers<ProbeOutcome>();
      waiting.push(answer);
      child.stdin.write(`${JSON.stringify({ id, ...probeCase })}\n`);
      const outcome = await answer.promise;
      if (outcome.id !== id) throw new Error(`asked for outcome ${id}, got ${outcome.id}`);
      return outcome;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      const status = await closed;
      if (status !== 0) throw new Error(`${program} ended with ${status}: ${complaint}`);
    },
  };
}

/** Builds the Go client's probe and starts it. Rejects if Go is not installed: the tests need it. */
export async function startGoProbe(): Promise<ClientProbe> {
  const program = join(root, "bench/bin/countersign-probe");
  await execute("go", ["build", "-o", program, "./clients/go/cmd/countersign-probe"], { cwd: root });
  return startProbe(program, ["--list"]);
}

/** Prepares the Python client's environment and starts its probe. Rejects if Python is not installed: the tests need it. */
export async function startPythonProbe(): Promise<ClientProbe> {
  const folder = join(root, "clients/python");
  await execute("sh", ["prepare.sh"], { cwd: folder });
  return startProbe(join(folder, ".venv/bin/python"), ["-m", "countersign_client.probe", "--list"]);
}
