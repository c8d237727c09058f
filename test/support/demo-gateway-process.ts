import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { rest } from "./rest-call.ts";
import { teeStateDirectory } from "./simulated-tee.ts";

/** The complete demo as `npm start` gives it: a gateway process with its demo engine in another one. */
export interface DemoGatewayProcess extends AsyncDisposable {
  /** Base URL of the cleartext listener. */
  readonly url: string;
  /** Base URL of the TLS listener. */
  readonly tlsUrl: string;
  readonly token: string;
  /** Hex SHA-256 of the keyset, as printed for people: what clients pin. */
  readonly keyset: string;
  /** The certificate the TLS listener presents, PEM. */
  readonly certificate: string;
  /** File that holds it. */
  readonly certificatePath: string;
  /** Value of a counter or gauge of the demo engine. */
  engineMetric(name: EngineMetric): Promise<number>;
  /** Runs `leave` and waits until the engine has noticed that exactly one caller left. */
  expectEngineNotices<T>(leave: () => Promise<T>): Promise<T>;
}

/** What the demo engine counts about its callers. */
export type EngineMetric = "countersign_demo_requests_running" | "countersign_demo_cancelled_total";

const PROGRAM = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Fast enough for hundreds of answers, slow enough that a long one outlasts every deadline of the tests. */
const PACE = { DEMO_TOKENS_PER_SECOND: "300", DEMO_FIRST_TOKEN_MS: "5" };

/** The certificate a TLS server presents, PEM. */
async function presentedCertificate(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate()?.toString();
  socket.destroy();
  if (certificate === undefined) throw new Error("the listener presented no certificate");
  return certificate;
}

/** Starts `src/main.ts` with nothing configured but free ports and the demo engine's pace. */
export async function startDemoGatewayProcess(): Promise<DemoGatewayProcess> {
  const child = spawn(process.execPath, [PROGRAM], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      LISTEN_PORT: "0",
      COUNTERSIGN_TLS_PORT: "0",
      COUNTERSIGN_TEE_STATE_PATH: teeStateDirectory(),
      ...PACE,
    },
  });
  const exited = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  let output = "";
  const printed = Promise.withResolvers<RegExpExecArray>();
  const facts =
    /TLS +(?<tls>https:\S+).*cleartext +(?<url>http:\S+).*token +(?<token>\S+).*--keyset (?<keyset>\w{64})/s;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => {
      output += bytes.toString("utf8");
      const found = facts.exec(output);
      if (found !== null) printed.resolve(found);
    });
  }
  exited.then((status) => printed.reject(new Error(`the demo ended with ${status}:\n${output}`)));
  const { tls = "", url = "", token = "", keyset = "" } = (await printed.promise).groups ?? {};
  const certificate = await presentedCertificate(tls);
  const folder = mkdtempSync(join(tmpdir(), "countersign-matrix-"));
  const certificatePath = join(folder, "certificate.pem");
  writeFileSync(certificatePath, certificate);

  const engineMetric = async (name: EngineMetric): Promise<number> => {
    const { body } = await rest(url, { path: "/v1/metrics" });
    const value = new RegExp(`^${name} (\\d+)$`, "m").exec(body.toString("utf8"))?.[1];
    if (value === undefined) throw new Error(`the engine does not report ${name}`);
    return Number(value);
  };
  return {
    url,
    tlsUrl: tls,
    token,
    keyset,
    certificate,
    certificatePath,
    engineMetric,
    async expectEngineNotices(leave) {
      const before = await engineMetric("countersign_demo_cancelled_total");
      const result = await leave();
      const noticed = () => engineMetric("countersign_demo_cancelled_total");
      await expect.poll(noticed, { interval: 5, timeout: 5_000 }).toBe(before + 1);
      expect(await engineMetric("countersign_demo_requests_running")).toBe(0);
      return result;
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      const status = await exited;
      if (status !== 0) throw new Error(`the demo ended with ${status}:\n${output}`);
    },
  };
}
