import { X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePolicy } from "@countersign/client/policy";
import { afterAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/index.ts";
import { openPlatform } from "../../src/platform/index.ts";
import { startSimulatedTee } from "../../src/platform/simulated-tee.ts";
import { SIMULATED_IMAGE } from "../../src/tee/simulated/index.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-platform-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const state = join(folder, "state");
const start = (stateDirectory = state, gpuCount = 3) =>
  startSimulatedTee({ stateDirectory, gpuCount, environment: {} });
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("the policy of a simulated TEE", () => {
  it("pins the image, the application, the key service, the devices and both roots, and nothing looser", async () => {
    const tee = await start();
    const { policy } = tee;
    await tee.close();
    const { mrtd, rtmr0, rtmr1, rtmr2 } = SIMULATED_IMAGE;
    expect(policy).toMatchObject({
      allowSimulated: true,
      production: false,
      debug: false,
      tcb: { accepted: ["UpToDate"], advisories: [] },
      measurements: { values: {}, images: [{ mrtd, rtmr0, rtmr1, rtmr2 }] },
      gpu: { count: 3 },
      waive: [],
    });
    const { ids, composeHashes, osImageHashes, keyProviders } = policy.app;
    expect([ids?.length, composeHashes?.length, osImageHashes?.length, keyProviders?.length]).toEqual([1, 1, 1, 1]);
    expect(policy.kms.roots).toEqual([expect.stringMatching(/^0[23][0-9a-f]{64}$/)]);
    expect(policy.roots.map(({ kind, simulated }) => [kind, simulated])).toEqual([
      ["tdx", true],
      ["gpu", true],
    ]);
    for (const { certificate, fingerprint } of policy.roots) {
      const { subject, fingerprint256 } = new X509Certificate(Buffer.from(certificate));
      expect(fingerprint256.replaceAll(":", "").toLowerCase()).toBe(fingerprint);
      expect(subject).toMatch(/^O=SIMULATED (?:TEE|GPU) - DEVELOPMENT ONLY$/m);
    }
  });

  it("lies in a file for its owner alone, reads as the same policy, and says what it is", async () => {
    const tee = await start();
    await tee.close();
    expect(modeOf(tee.policyPath)).toBe(0o600);
    const text = readFileSync(tee.policyPath, "utf8");
    expect(text).toMatch(/^# Trusts exactly this installation's SIMULATED TEE\. It proves nothing about hardware/);
    expect(parsePolicy(parse(text))).toEqual(tee.policy);
    // Nothing is left of writing it.
    expect(readdirSync(state).filter((name) => name.startsWith(".policy"))).toEqual([]);
  });

  it("takes the place of a file that others may read, and is not written into it", async () => {
    const path = join(state, "policy.yaml");
    writeFileSync(path, "old");
    chmodSync(path, 0o644);
    const opened = readFileSync(path, "utf8");
    const inode = statSync(path).ino;
    await (await start()).close();
    expect([opened, modeOf(path)]).toEqual(["old", 0o600]);
    // Another file: whoever reads the old one meanwhile reads it to its end.
    expect(statSync(path).ino).not.toBe(inode);
  });

  it("stays the same from start to start", async () => {
    const [first, second] = [await start(), await start()];
    await Promise.all([first.close(), second.close()]);
    expect(second.policy).toEqual(first.policy);
    expect(second.agentSocket).not.toBe(first.agentSocket);
  });
});

describe("a simulated TEE", () => {
  it("leaves no socket behind when it closes", async () => {
    const tee = await start();
    expect(statSync(tee.agentSocket).isSocket()).toBe(true);
    await tee.close();
    expect(() => statSync(tee.agentSocket)).toThrow("ENOENT");
  });

  it("leaves no socket and no agent behind when it cannot start", async () => {
    const blocked = join(folder, "blocked");
    await (await start(blocked)).close();
    rmSync(join(blocked, "policy.yaml"));
    mkdirSync(join(blocked, "policy.yaml"));
    const sockets = join(folder, "sockets");
    mkdirSync(sockets);
    vi.stubEnv("TMPDIR", sockets);
    await expect(start(blocked)).rejects.toMatchObject({ code: "tee.unreachable" });
    vi.unstubAllEnvs();
    expect(readdirSync(sockets)).toEqual([]);
    expect(readdirSync(blocked).filter((name) => name.startsWith(".policy"))).toEqual([]);
  });
});

describe("NODE_ENV=production", () => {
  const configured = (more: Readonly<Record<string, string>>) =>
    loadConfig({
      env: { DEV: "1", MODEL_NAME: "m", TOKEN: "t", VLLM_BASE_URL: "http://127.0.0.1:1", ...more },
      argv: [],
    });
  it.each([
    ["a simulated TEE", {}],
    ["a simulator somebody else runs", { DSTACK_SIMULATOR_ENDPOINT: "/nowhere.sock" }],
    ["simulated devices", { COUNTERSIGN_TEE_SOURCE: "dstack", COUNTERSIGN_TEE_DEVICES: "simulated" }],
    ["canned devices", { COUNTERSIGN_TEE_SOURCE: "dstack", COUNTERSIGN_TEE_DEVICES: "canned" }],
  ])("starts nothing with %s", async (_, more) => {
    const opened = openPlatform(configured({ COUNTERSIGN_TEE_STATE_PATH: state, ...more }), { NODE_ENV: "production" });
    await expect(opened).rejects.toThrow("NODE_ENV is production, where nothing is simulated");
  });
});
