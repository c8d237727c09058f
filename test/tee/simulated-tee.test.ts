import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { verifyCustody, verifyEventLog } from "@countersign/client/dstack";
import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import { verifyQuote } from "@countersign/client/quote";
import { Checks } from "@countersign/client/verdict";
import { afterAll, beforeAll, expect, it } from "vitest";
import { KeyAlgorithm, KeyRole, KeysetSchema } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { dstackKeySource, loadSigningKeys } from "../../src/signing/index.ts";
import {
  CANNED_NONCE,
  cannedDevices,
  connectAgent,
  type DstackAgent,
  dstackQuoteSource,
  pcsCollateralSource,
} from "../../src/tee/index.ts";
import { startSimulatedAgent } from "../../src/tee/simulated/agent/index.ts";
import { openSimulatedGpus, simulatedDevices } from "../../src/tee/simulated/gpu/index.ts";
import { openSimulatedKms } from "../../src/tee/simulated/kms/index.ts";
import { openSimulatedPlatform, startCollateralServer } from "../../src/tee/simulated/platform/index.ts";
import { hex, REPORT_DATA } from "./quote-fixture.ts";
import { lastingFolder } from "./scripted-agent.ts";

/** The production sources against the simulated machine, judged by the production verifier under its root. */
const { folder, remove } = lastingFolder();
const state = join(folder, "state");
const platform = openSimulatedPlatform(state);
const kms = openSimulatedKms(state);
const now = Math.floor(Date.now() / 1000);
const policy: Policy = {
  ...DEFAULT_POLICY,
  roots: [
    { kind: "tdx", fingerprint: platform.rootFingerprint, certificate: platform.rootCertificate, simulated: true },
  ],
  allowSimulated: true,
  kms: { roots: [hex(kms.rootPublicKey)] },
};

let agent: DstackAgent;
const closes: (() => Promise<void>)[] = [];
beforeAll(async () => {
  const simulated = await startSimulatedAgent({
    socketPath: join(folder, "run", "dstack.sock"),
    quoteMaker: platform.quote,
    kms,
  });
  closes.push(() => simulated.close());
  agent = await connectAgent({ environment: { DSTACK_SIMULATOR_ENDPOINT: simulated.socketPath } });
});
afterAll(async () => {
  for (const close of closes) await close();
  remove();
});

it("gives a quote, a log and collateral that the verifier accepts", async () => {
  const source = dstackQuoteSource(agent);
  expect(source).toMatchObject({ kind: "dstack", simulated: true });
  const service = await startCollateralServer(platform);
  closes.push(() => service.close());
  const { quote, eventLog } = await source.quote(REPORT_DATA);
  const collateral = await pcsCollateralSource({ baseUrl: service.url }).collateral(quote);
  const verified = await verifyQuote({ quote, collateral, now, policy, expectedReportData: REPORT_DATA });
  expect(verified.simulated).toBe(true);
  const body = verified.quote?.body;
  if (body === undefined) throw new Error("the quote could not be read");
  const claims = await verifyEventLog(verified.checks, {
    eventLog,
    registers: body,
    mrConfigId: body.mrconfigid,
    policy,
    now,
  });
  const failed = verified.checks.list.filter(({ outcome }) => outcome === "fail");
  expect(failed).toEqual([]);
  for (const id of ["quote.signature", "quote.tcb", "rtmr3.replay"] as const) {
    expect(verified.checks.passed(id), id).toBe(true);
  }
  expect(claims && hex(claims.appId)).toBe(hex((await agent.info()).appId));
});

const ALGORITHMS = new Map<KeyAlgorithm, string>([
  [KeyAlgorithm.ED25519, "ed25519"],
  [KeyAlgorithm.SECP256K1, "secp256k1"],
  [KeyAlgorithm.X25519, "x25519"],
]);
const PURPOSES = new Map<KeyRole, string>([
  [KeyRole.STREAM, "countersign.stream.v1"],
  [KeyRole.RESPONSE, "signing"],
  [KeyRole.ENVELOPE, "countersign.envelope.v1"],
]);

it("gives keys whose custody leads to the pinned root", async () => {
  const { keyset } = await loadSigningKeys(dstackKeySource(agent, { modelName: "org/model" }));
  const { keys } = fromBinary(KeysetSchema, keyset);
  const checks = new Checks();
  verifyCustody(checks, {
    keys: keys.map(({ id, role, algorithm, value, custodyChain }) => ({
      id,
      role: `role ${role}`,
      algorithm: ALGORITHMS.get(algorithm) ?? "",
      publicKey: value,
      purpose: PURPOSES.get(role) ?? "",
      custodyChain,
    })),
    appId: (await agent.info()).appId,
    policy,
  });
  expect(keys).toHaveLength(5);
  expect(checks.passed("key.custody")).toBe(true);
});

it("gives the same keys again, and others for another model only where the model is in the path", async () => {
  const load = (modelName: string) => loadSigningKeys(dstackKeySource(agent, { modelName }));
  const [first, again, other] = [await load("a"), await load("a"), await load("b")];
  expect(again.response.ecdsaAddress).toBe(first.response.ecdsaAddress);
  expect(other.response.ecdsaAddress).not.toBe(first.response.ecdsaAddress);
  expect(other.stream.ecdsaAddress).toBe(first.stream.ecdsaAddress);
});

it("gives canned evidence of a simulated GPU, for its one nonce", async () => {
  const gpus = simulatedDevices({ gpus: openSimulatedGpus(state) });
  const devices = cannedDevices(() => gpus.collect(CANNED_NONCE));
  expect(devices).toMatchObject({ kind: "canned", simulated: true });
  const [device] = await devices.collect(new Uint8Array(32));
  expect(hex(device?.report.subarray(4, 36) ?? new Uint8Array())).toBe(hex(CANNED_NONCE));
});
