import { createPublicKey, hash } from "node:crypto";
import { recoverCustody, verifyEventLog } from "@countersign/client/dstack";
import { DEFAULT_POLICY } from "@countersign/client/policy";
import { Checks, type Outcome } from "@countersign/client/verdict";
import { parseCertificate } from "@countersign/client/x509";
import { ed25519 } from "@noble/curves/ed25519.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectAgent, type DstackAgent } from "../../../src/tee/dstack/index.ts";
import type { AgentFault, SimulatedAgentOptions } from "../../../src/tee/simulated/agent/index.ts";
import { NON_ASCII_APP_COMPOSE } from "../../../src/tee/simulated/event-log/index.ts";
import { type TestMachine, testMachine } from "./test-machine.ts";

let machine: TestMachine;
beforeAll(() => {
  machine = testMachine();
});
afterAll(() => machine.close());

const REPORT_DATA = new Uint8Array(64).fill(0x33);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

async function client(options: Partial<SimulatedAgentOptions> = {}, quoteTimeoutMs = 5_000): Promise<DstackAgent> {
  const { socketPath } = await machine.start(options);
  return connectAgent({ endpoint: socketPath, simulated: true, environment: {}, quoteTimeoutMs });
}

describe("the production client", () => {
  it("is served by every method", async () => {
    const compose = NON_ASCII_APP_COMPOSE;
    const agent = await client({ compose });
    const info = await agent.info();
    expect(hex(info.appId)).toBe(hex(compose.appId));
    expect((JSON.parse(info.tcbInfo) as { app_compose: string }).app_compose).toBe(compose.text);
    expect(await agent.version()).toEqual({ version: "0.6.0", revision: "simulated" });
    expect(await agent.gpuInfo()).toBeUndefined();

    const { key, signatureChain } = await agent.getKey("a/path", "a-purpose", "ed25519");
    const custody = recoverCustody(
      {
        id: "id",
        role: "role",
        algorithm: "ed25519",
        publicKey: ed25519.getPublicKey(key),
        purpose: "a-purpose",
        custodyChain: signatureChain,
      },
      compose.appId,
    );
    expect(hex(custody?.kmsRoot ?? new Uint8Array(0))).toBe(hex(machine.kms.rootPublicKey));

    const { certificates, privateKey } = await agent.getTlsKey({ subject: "name", raTls: true });
    const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
    expect(hex(parseCertificate(certificates[0] ?? new Uint8Array()).publicKey.encoded)).toBe(hex(spki));
    const { signature, publicKey } = await agent.sign("ed25519", REPORT_DATA);
    expect(ed25519.verify(signature, REPORT_DATA, publicKey)).toBe(true);
  });

  it.each<[AgentFault["kind"], string]>([
    ["hang", "tee.timeout"],
    ["refuse", "tee.refused"],
    ["not-found", "tee.unsupported"],
    ["html", "tee.malformed"],
    ["oversized", "tee.malformed"],
    ["cut", "tee.unreachable"],
    ["wrong-report-data", "tee.mismatch"],
  ])("names what is wrong: %s", async (kind, code) => {
    const agent = await client({ fault: { kind } }, kind === "hang" ? 50 : 5_000);
    await expect(agent.getQuote(REPORT_DATA)).rejects.toMatchObject({ code });
  });

  it("copes with what is unusual and right: chunked", async () => {
    const agent = await client({ fault: { kind: "chunked" } });
    expect((await agent.getQuote(REPORT_DATA)).quote.length).toBeGreaterThan(1000);
  });
});

describe("the production verifier", () => {
  async function judged(options: Partial<SimulatedAgentOptions> = {}) {
    const agent = await client(options);
    const { quote, eventLog } = await agent.getQuote(REPORT_DATA);
    const register = (offset: number): Uint8Array => quote.subarray(48 + offset, 96 + offset);
    const checks = new Checks();
    const claims = await verifyEventLog(checks, {
      eventLog,
      registers: { rtmr0: register(328), rtmr1: register(376), rtmr2: register(424), rtmr3: register(472) },
      mrConfigId: register(184),
      appCompose: (JSON.parse((await agent.info()).tcbInfo) as { app_compose: string }).app_compose,
      policy: DEFAULT_POLICY,
      now: 1_800_000_000,
    });
    const outcomes = Object.fromEntries(checks.list.map(({ id, outcome }) => [id, outcome])) as Record<string, Outcome>;
    return { claims, outcomes };
  }

  it.each<[string, Partial<SimulatedAgentOptions>]>([
    ["version 1", {}],
    ["version 2", { eventVersion: 2 }],
    ["empty digests", { fault: { kind: "empty-digests" } }],
    ["a compose document beyond ASCII", { compose: NON_ASCII_APP_COMPOSE }],
  ])("accepts the event log: %s", async (_, options) => {
    const { claims, outcomes } = await judged(options);
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome === "fail")).toEqual([]);
    expect(outcomes).toMatchObject({ "rtmr3.replay": "pass", "rtmr3.boundary": "pass", "mrconfigid.binding": "pass" });
    const compose = options.compose ?? (await machine.start()).boot.compose;
    expect(hex(claims?.composeHash ?? new Uint8Array(0))).toBe(hash("sha256", compose.text));
  });

  it("sees an event after the boundary, and makes nothing of it", async () => {
    const { outcomes } = await judged({ fault: { kind: "extra-event" } });
    expect(outcomes).toMatchObject({ "rtmr3.replay": "pass", "rtmr3.boundary": "pass" });
  });

  it("refuses a second compose hash that replays", async () => {
    const { claims, outcomes } = await judged({ fault: { kind: "duplicate-event" } });
    expect(outcomes).toMatchObject({ "rtmr3.replay": "pass", "rtmr3.boundary": "fail" });
    expect(claims).toBeUndefined();
  });
});
