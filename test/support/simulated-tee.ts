import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Policy } from "../../clients/typescript/src/policy/index.ts";
import { loadConfig } from "../../src/config/index.ts";
import { type OpenedPlatform, openPlatform } from "../../src/platform/index.ts";

/** The platform of the gateways of one test file, with the policy that trusts it. */
export type TestPlatform = OpenedPlatform & { readonly simulation: { readonly policy: Policy } };

let directory: string | undefined;
let opened: Promise<TestPlatform> | undefined;

/** The state directory of this test file's simulated TEE: gateways in processes of their own may share it. */
export function teeStateDirectory(): string {
  directory ??= mkdtempSync(join(tmpdir(), "countersign-tee-"));
  return directory;
}

/** The simulated TEE of this test file, opened once: a gateway that attests nothing costs no platform of its own. */
export function sharedPlatform(): Promise<TestPlatform> {
  opened ??= open();
  return opened;
}

async function open(): Promise<TestPlatform> {
  const engine = { MODEL_NAME: "m", TOKEN: "unused", VLLM_BASE_URL: "http://127.0.0.1:1" };
  const env = { DEV: "1", ...engine, COUNTERSIGN_TEE_STATE_PATH: teeStateDirectory() };
  const platform = await openPlatform(loadConfig({ env, argv: [] }), {});
  const { simulation } = platform;
  if (simulation === undefined) throw new Error("the platform is not a simulated TEE of this installation");
  return { ...platform, simulation };
}

afterAll(async () => {
  await (await opened)?.close();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});
