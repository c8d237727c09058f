import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ConfigError, loadConfig } from "../../../src/config/index.ts";
import { openPlatform } from "../../../src/platform/index.ts";
import { type SimulatedTee, startSimulatedTee } from "../../../src/platform/simulated-tee.ts";
import { TeeError } from "../../../src/tee/index.ts";
import { openSimulatedPlatform, startCollateralServer } from "../../../src/tee/simulated/index.ts";
import { attestationClient } from "../../support/attestation-call.ts";
import { startGatewayProcess } from "../../support/gateway-process.ts";

// Five processes share two cores with everything else.
vi.setConfig({ testTimeout: 120_000 });

const PROGRAM = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const ENGINE = "http://127.0.0.1:1";
const PRODUCTION = {
  MODEL_NAME: "m",
  TOKEN: "token-of-the-operator",
  VLLM_BASE_URL: ENGINE,
  LISTEN_PORT: "0",
  COUNTERSIGN_LISTEN_HOST: "127.0.0.1",
};

let folder: string;
let tee: SimulatedTee;
let pcs: Awaited<ReturnType<typeof startCollateralServer>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-start-"));
  const stateDirectory = join(folder, "tee");
  tee = await startSimulatedTee({ stateDirectory, gpuCount: 0, environment: {} });
  pcs = await startCollateralServer(openSimulatedPlatform(stateDirectory));
});
afterAll(async () => {
  await pcs.close();
  await tee.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the gateway until it ends by itself: these starts are refused. */
async function refusedStart(env: Readonly<Record<string, string>>): Promise<{ status: number; output: string }> {
  const child = spawn(process.execPath, [PROGRAM], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 100_000,
    killSignal: "SIGKILL",
    env: { PATH: process.env["PATH"], HOME: folder, ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (output += bytes));
  const [status] = (await once(child, "close")) as [number | null];
  return { status: status ?? -1, output };
}

/** What opening the platform of such a configuration says, without the process around it. */
async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
  try {
    const platform = await openPlatform(loadConfig({ env: { ...PRODUCTION, ...env }, argv: [] }), env);
    await platform.close();
  } catch (error) {
    if (error instanceof TeeError || error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("the platform was opened");
}

test.concurrent("production without hardware does not start, and says what is missing", async () => {
  const configfs = { COUNTERSIGN_TEE_CONFIGFS_PATH: join(folder, "no-configfs") };
  const { status, output } = await refusedStart({ ...PRODUCTION, ...configfs });
  expect(status).toBe(1);
  expect(output).toContain("no source of quotes");
  expect(output).toContain("DEV=1");
});

/** An agent that passes itself off as hardware: nothing but verification can tell. */
const disguised = (): Record<string, string> => ({
  ...PRODUCTION,
  COUNTERSIGN_TEE_DSTACK_ENDPOINT: tee.agentSocket,
  COUNTERSIGN_TEE_COLLATERAL_URL: pcs.url,
});

test.concurrent("production whose own evidence does not hold ends with 10 and every check", async () => {
  const { status, output } = await refusedStart(disguised());
  expect(output).toContain("quote.chain");
  expect(output).toContain("does not hold");
  // Nothing listened.
  expect(output).not.toContain("cleartext");
  expect(status).toBe(10);
});

test.concurrent("production whose evidence holds only because a policy allows simulation ends with 10", async () => {
  const start = { ...disguised(), COUNTERSIGN_ATTESTATION_POLICY_PATH: tee.policyPath };
  const { status, output } = await refusedStart(start);
  expect(output).toContain("is simulated");
  expect(output).not.toContain("cleartext");
  expect(status).toBe(10);
});

test.concurrent("DSTACK_SIMULATOR_ENDPOINT starts in development, labelled simulated everywhere", async () => {
  await using gateway = await startGatewayProcess(ENGINE, { DSTACK_SIMULATOR_ENDPOINT: tee.agentSocket });
  expect(gateway.output()).toContain("SIMULATED");
  // Nobody named its root.
  expect(gateway.output()).toMatch(/^ +evidence +rejected under the policy "default"/m);
  const client = attestationClient(gateway.url);
  const { evidence } = await client.getEvidence({ nonce: new Uint8Array(32).fill(7) });
  expect(evidence).toMatchObject({ simulated: true, fresh: true });
  expect(await client.getKeyset({})).toMatchObject({ simulated: true });
});

test.concurrent("a development start accepts its own evidence, and prints how anybody can verify it", async () => {
  await using gateway = await startGatewayProcess(ENGINE, { COUNTERSIGN_TLS_PORT: "0" });
  expect(gateway.output()).toContain("SIMULATED");
  expect(gateway.output()).toMatch(/^ +evidence +accepted under the policy/m);
  expect(gateway.output()).toMatch(/countersign verify https:\S+ --policy \S+policy\.yaml/);
});

test("a simulated TEE in production is refused, however it is asked for", async () => {
  expect(await refusal({ COUNTERSIGN_TEE_SOURCE: "simulated" })).toContain("tee.source");
  expect(await refusal({ DSTACK_SIMULATOR_ENDPOINT: tee.agentSocket })).toContain("tee.simulatorEndpoint");
  const development = { DEV: "1", COUNTERSIGN_TEE_STATE_PATH: join(folder, "unused") };
  expect(await refusal({ ...development, NODE_ENV: "production" })).toContain("NODE_ENV");
});

test("a broken state directory is named with what to delete, and is left as it is", async () => {
  const broken = join(folder, "broken");
  const file = join(broken, "platform.json");
  mkdirSync(broken, { mode: 0o700 });
  writeFileSync(file, "{}", { mode: 0o600 });
  expect(await refusal({ DEV: "1", COUNTERSIGN_TEE_STATE_PATH: broken })).toContain(`Delete ${broken}`);
  expect(readFileSync(file, "utf8")).toBe("{}");
});

test("a state directory others may enter is refused with the command that closes it", async () => {
  const open = join(folder, "open");
  mkdirSync(open);
  chmodSync(open, 0o755);
  expect(await refusal({ DEV: "1", COUNTERSIGN_TEE_STATE_PATH: open })).toContain("chmod 700");
});
