import { createPrivateKey, X509Certificate } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { SimulatedAgent } from "../../../src/tee/simulated/agent/index.ts";
import { DstackClient, TappdClient } from "../../dstack-sdk/sdk.ts";
import { callMethod } from "./call-agent.ts";
import { type TestMachine, testMachine } from "./test-machine.ts";

let machine: TestMachine;
let agent: SimulatedAgent;
let client: DstackClient;
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
const reportDataOf = (quote: string): string => quote.slice(2 * 568, 2 * 632);
const rtmr3Of = (quote: string): string => quote.slice(2 * 520, 2 * 568);

beforeAll(async () => {
  machine = testMachine();
  agent = await machine.start();
  client = new DstackClient(agent.socketPath);
});
afterAll(() => machine.close());

describe("the published dstack SDK", () => {
  it("gets a quote and replays its log to the register", async () => {
    const reportData = new Uint8Array(64).fill(0x42);
    const answer = await client.getQuote(reportData);
    expect(reportDataOf(answer.quote)).toBe(hex(reportData));
    expect(answer.report_data).toBe(hex(reportData));
    expect(answer.replayRtmrs()[3]).toBe(rtmr3Of(answer.quote));
    expect(JSON.parse(answer.vm_config ?? "")).toHaveProperty("os_image_hash", hex(agent.boot.osImageHash));
  });

  it("gets keys of both algorithms", async () => {
    for (const algorithm of ["secp256k1", "ed25519"]) {
      const { key, signature_chain } = await client.getKey("path", "purpose", algorithm);
      expect(key).toHaveLength(32);
      expect(signature_chain.map(({ length }) => length)).toEqual([65, 65]);
      const { body } = await callMethod(agent.socketPath, "/GetKey", { path: "path", purpose: "purpose", algorithm });
      expect(hex(key)).toBe(body["key"]);
    }
  });

  it("gets a TLS key whose certificate belongs to it", async () => {
    const { key, certificate_chain, asUint8Array } = await client.getTlsKey({
      subject: "sdk",
      altNames: ["sdk.example"],
      usageRaTls: true,
      notAfter: 2_000_000_000,
    });
    const [leaf, ca] = certificate_chain.map((pem) => new X509Certificate(pem));
    expect(leaf?.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(leaf?.validToDate.getTime()).toBe(2_000_000_000_000);
    expect(ca !== undefined && leaf?.verify(ca.publicKey)).toBe(true);
    expect(hex(asUint8Array())).toBe(createPrivateKey(key).export({ format: "der", type: "pkcs8" }).toString("hex"));
  });

  it("reads the machine's description", async () => {
    const info = await client.info();
    expect(info.app_id).toBe(hex(agent.boot.compose.appId));
    expect(info.tcb_info.rtmr3).toBe(hex(agent.boot.rtmr3));
    expect(info.tcb_info.app_compose).toBe(agent.boot.compose.text);
    expect(info.tcb_info.event_log.map(({ event }) => event)).toContain("system-ready");
    expect(info.cloud_vendor).toBe("SIMULATED TEE - DEVELOPMENT ONLY");
  });

  it("reads the version, and finds the agent reachable", async () => {
    expect(await client.version()).toMatchObject({ version: "0.6.0", rev: "simulated" });
    expect(await client.isReachable()).toBe(true);
  });

  it("signs and verifies", async () => {
    const data = Buffer.from("what is signed");
    for (const algorithm of ["ed25519", "secp256k1"]) {
      const { signature, signature_chain, public_key } = await client.sign(algorithm, data);
      expect(signature).toHaveLength(64);
      expect(signature_chain).toHaveLength(3);
      expect((await client.verify(algorithm, data, signature, public_key)).valid).toBe(true);
      expect((await client.verify(algorithm, "other", signature, public_key)).valid).toBe(false);
    }
    const digest = new Uint8Array(32).fill(9);
    const { signature, public_key } = await client.sign("secp256k1_prehashed", digest);
    expect(secp256k1.verify(signature, digest, public_key, { prehash: false })).toBe(true);
  });

  it("hears why it is refused", async () => {
    await expect(client.attest("")).rejects.toThrow("no versioned attestation");
  });

  it("gets quotes in the form of dstack 0.3", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    try {
      const old = new TappdClient(agent.socketPath);
      const { quote, replayRtmrs } = await old.tdxQuote("data", "raw");
      // This client pads on the left.
      expect(reportDataOf(quote)).toBe(Buffer.from("data").toString("hex").padStart(128, "0"));
      expect(replayRtmrs()[3]).toBe(rtmr3Of(quote));
    } finally {
      warn.mockRestore();
    }
  });
});
