import { create } from "@bufbuild/protobuf";
import { DEFAULT_POLICY, type Policy, TCB_STATUSES } from "@countersign/client/policy";
import type { CheckId } from "@countersign/client/verdict";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Evidence,
  ServedRouteSchema,
  ServingManifestSchema,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { dstack as genuine } from "../quote/support/genuine.ts";
import { checkOf, findings, judge, missed } from "./support/judge.ts";
import { MANIFEST, type MadeGateway, makeGateway, NOW } from "./support/made-gateway.ts";

let gateway: MadeGateway;
let evidence: Evidence;
beforeAll(async () => {
  gateway = await makeGateway();
  evidence = await gateway.evidence();
});

describe("simulated evidence", () => {
  it.each<[string, (trusting: Policy) => Partial<Policy>, CheckId[]]>([
    [
      "under the default policy",
      () => DEFAULT_POLICY,
      ["quote.chain", "simulation", "nonce.bound", "keyset.bound", "gpu.chain", "gpu.bound"],
    ],
    [
      "where its roots are named, and simulation is not allowed",
      () => ({ allowSimulated: false }),
      ["simulation", "gpu.chain"],
    ],
    [
      "where simulation is allowed, and no root is named",
      () => ({ roots: [] }),
      ["quote.chain", "simulation", "nonce.bound", "keyset.bound", "key.custody", "gpu.chain", "gpu.bound"],
    ],
    [
      "where the devices' root is not named",
      ({ roots }) => ({ roots: roots.filter(({ kind }) => kind === "tdx") }),
      ["simulation", "gpu.chain"],
    ],
    [
      "where the roots are named for each other",
      ({ roots }) => ({ roots: roots.map((root) => ({ ...root, kind: root.kind === "tdx" ? "gpu" : "tdx" })) }),
      ["quote.chain", "simulation", "nonce.bound", "keyset.bound", "key.custody", "gpu.chain", "gpu.bound"],
    ],
  ])("is refused %s", async (_, policy, failed) => {
    const found = await judge(gateway, { evidence, policy: policy(gateway.policy) });
    expect(findings(found)).toEqual(["rejected", ...failed]);
    expect(found.verdict.simulated).toBe(true);
  });

  it("is told by its roots, although it says nothing of it", async () => {
    const silent = await judge(gateway, { evidence: { ...evidence, simulated: false } });
    expect([silent.verdict.result, silent.verdict.simulated]).toEqual(["accepted", true]);
    const refused = await judge(gateway, {
      evidence: { ...evidence, simulated: false },
      policy: { allowSimulated: false },
    });
    expect(findings(refused)).toEqual(["rejected", "simulation", "gpu.chain"]);
  });

  it.skipIf(genuine === undefined)("is believed when it says so of itself, although its root is Intel's", async () => {
    if (genuine === undefined) return;
    const { quote, collateral, now } = genuine;
    const hardware = {
      ...evidence,
      quote,
      collateral: new Uint8Array(Buffer.from(collateral)),
      devices: new Uint8Array(),
    };
    for (const simulated of [false, true]) {
      const policy = { ...DEFAULT_POLICY, tcb: { ...DEFAULT_POLICY.tcb, accepted: [...TCB_STATUSES] } };
      const { verdict } = await judge(gateway, { evidence: { ...hardware, simulated }, policy, now });
      expect([checkOf(verdict, "simulation")?.outcome, verdict.simulated]).toEqual([
        simulated ? "fail" : "pass",
        simulated,
      ]);
      const allowed = await judge(gateway, {
        evidence: { ...hardware, simulated },
        policy: { ...policy, allowSimulated: true },
        now,
      });
      expect([checkOf(allowed.verdict, "simulation")?.outcome, allowed.verdict.simulated]).toEqual(["pass", simulated]);
    }
  });
});

describe("a platform that is out of date", () => {
  let outdated: MadeGateway;
  let old: Evidence;
  beforeAll(async () => {
    outdated = await makeGateway({ machine: { status: { platform: "OutOfDate" } } });
    old = await outdated.evidence();
  });
  const waive = (check: CheckId, expires: number) => ({
    waive: [{ check, reason: "ticket 4711, new firmware on Monday", expires }],
  });

  it("is refused, and accepted where the policy accepts its status", async () => {
    expect(findings(await judge(outdated, { evidence: old }))).toEqual(["rejected", "quote.tcb"]);
    const tcb = { ...DEFAULT_POLICY.tcb, accepted: ["UpToDate", "OutOfDate"] } as const;
    expect(findings(await judge(outdated, { evidence: old, policy: { tcb } }))).toEqual(["accepted"]);
  });

  it("is accepted while a waiver counts, to its last second and no longer", async () => {
    const waived = await judge(outdated, { evidence: old, policy: waive("quote.tcb", NOW) });
    expect(findings(waived)).toEqual(["accepted"]);
    expect(checkOf(waived.verdict, "quote.tcb")).toMatchObject({
      outcome: "waived",
      cause: expect.stringContaining("ticket 4711"),
    });
    const ended = await judge(outdated, { evidence: old, policy: waive("quote.tcb", NOW - 1) });
    expect(findings(ended)).toEqual(["rejected", "quote.tcb"]);
  });

  it("is not accepted by a waiver of something else", async () => {
    const found = await judge(outdated, { evidence: old, policy: waive("quote.module", NOW) });
    expect(findings(found)).toEqual(["rejected", "quote.tcb"]);
  });
});

describe("waivers of links", () => {
  it.each<CheckId>(["nonce.bound", "keyset.bound", "tls.channel", "tls.keyset", "simulation", "evidence.format"])(
    "do not count for %s",
    async (check) => {
      const policy = { allowSimulated: false, waive: [{ check, reason: "because", expires: NOW }] };
      const connection = { ...gateway.connection, exporter: new Uint8Array(32) };
      const { verdict } = await judge(gateway, {
        evidence: check === "evidence.format" ? { ...evidence, nonce: new Uint8Array() } : evidence,
        nonce: new Uint8Array(32),
        connection,
        policy,
      });
      expect(checkOf(verdict, check)?.outcome).toMatch(/^(?:fail|skip)$/);
      expect(verdict.result).not.toBe("accepted");
    },
  );

  it("does not let a waived judgement stand for a link below it", async () => {
    const policy = { waive: [{ check: "key.custody", reason: "moving house", expires: NOW } as const] };
    const changed = { ...evidence, eventLog: new Uint8Array([0x5b, 0x5d]) };
    const found = await judge(gateway, { evidence: changed, policy });
    expect(findings(found)).toEqual(["rejected", "rtmr3.replay"]);
  });
});

describe("checks that are optional until a policy requires them", () => {
  it.each<CheckId>([
    "instance.id",
    "kms.binding",
    "gpu.ocsp",
    "gpu.nras",
    "gpu.rim.driver",
    "rtmr.replay",
    "platform.id",
    "tls.channel",
    "tls.version",
  ])("%s", async (check) => {
    expect(findings(await judge(gateway, { evidence }))).toEqual(["accepted"]);
    const { verdict } = await judge(gateway, { evidence, policy: { require: [check] } });
    expect([verdict.result, missed(verdict)]).toEqual(["rejected", [check]]);
  });

  it("manifest.routes, where a route is not verified", async () => {
    const manifest = create(ServingManifestSchema, {
      ...MANIFEST,
      routes: [...MANIFEST.routes, create(ServedRouteSchema, { model: "n", upstreamKind: "openai", verified: false })],
    });
    const open = await makeGateway({ manifest });
    const { verdict } = await judge(open);
    expect([verdict.result, checkOf(verdict, "manifest.routes")?.cause]).toEqual([
      "accepted",
      "1 of 2 routes lead to an engine nobody verified",
    ]);
    const demanded = await judge(open, { policy: { require: ["manifest.routes"] } });
    expect(missed(demanded.verdict)).toEqual(["manifest.routes"]);
  });

  it("model.digest, where the policy names no model", async () => {
    const found = await judge(gateway, { evidence, policy: { models: undefined, require: ["model.digest"] } });
    expect([found.verdict.result, missed(found.verdict)]).toEqual(["rejected", ["model.digest"]]);
  });
});
