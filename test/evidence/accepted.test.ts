import { createHash } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { AttestationError, type EvidenceVerification, verifyConnection } from "@countersign/client/evidence";
import { DEFAULT_POLICY } from "@countersign/client/policy";
import type { Verdict } from "@countersign/client/verdict";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Evidence,
  ServingManifestSchema,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { findings, judge, missed } from "./support/judge.ts";
import { type MadeGateway, makeGateway, NONCE, NOW } from "./support/made-gateway.ts";

let gateway: MadeGateway;
let evidence: Evidence;
let found: EvidenceVerification;
beforeAll(async () => {
  gateway = await makeGateway({ gpus: 2 });
  evidence = await gateway.evidence();
  found = await judge(gateway, { evidence });
});

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hasher = createHash("sha256");
  for (const part of parts) hasher.update(part);
  return hasher.digest();
};
const ascii = (text: string): Buffer => Buffer.from(text, "latin1");
/** Of a version 4 quote: 48 bytes of header, and the last 64 of 584 bytes of body. */
const reportDataIn = (quote: Uint8Array): string => Buffer.from(quote.subarray(48 + 520, 48 + 584)).toString("hex");
const checked = ({ checks }: Verdict) => checks.filter(({ outcome }) => outcome === "pass").map(({ id }) => id);

describe("evidence of a gateway", () => {
  it("is accepted under the policy that trusts its TEE, and hands out what it proves", () => {
    expect(findings(found)).toEqual(["accepted"]);
    expect(missed(found.verdict)).toEqual([]);
    expect(found.verdict).toMatchObject({ subject: "evidence", simulated: true, policy: "made gateway" });
    expect(found.keyset).toEqual(evidence.keyset);
    expect(found.manifest).toEqual(fromBinary(ServingManifestSchema, evidence.manifest));
  });

  it("passes every check that the policy gives a measure for, and skips those of a connection", () => {
    const bound = ["nonce.bound", "keyset.bound", "keyset.format", "gpu.bound"] as const;
    const judged = ["rtmr3.replay", "compose.hash", "key.custody", "model.digest", "manifest.routes"] as const;
    expect(checked(found.verdict)).toEqual(expect.arrayContaining([...bound, ...judged]));
    expect(found.verdict.checks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: "tls.channel", outcome: "skip", required: false }),
        expect.objectContaining({ id: "tls.keyset", outcome: "skip", required: false }),
      ]),
    );
  });

  it("commits to what the schema's normative text says", async () => {
    const { nonce, keyset, devices, manifest } = evidence;
    const zero = "00".repeat(32);
    const digests = [keyset, devices, manifest].map((part) => sha256(part));
    const label = ascii("countersign.attestation.v1\0");
    expect(reportDataIn(evidence.quote)).toBe(sha256(label, nonce, ...digests).toString("hex") + zero);

    const { connection } = gateway;
    const bound = await gateway.evidence(NONCE, connection);
    const parts = [bound.keyset, bound.devices, bound.manifest, connection.leafSpki].map((part) => sha256(part));
    const expected = sha256(ascii("countersign.connection.v1\0"), NONCE, ...parts, connection.exporter);
    expect(reportDataIn(bound.quote)).toBe(expected.toString("hex") + zero);

    const gpu = sha256(ascii("countersign.gpu-nonce.v1\0"), NONCE, sha256(keyset));
    expect(Buffer.from(devices).includes(gpu)).toBe(true);
  });

  it("is accepted for the connection it was made for", async () => {
    const { connection, policy } = gateway;
    const bound = await gateway.evidence(NONCE, connection);
    const { verdict } = await judge(gateway, { evidence: bound, connection });
    expect(verdict.result).toBe("accepted");
    expect(checked(verdict)).toEqual(expect.arrayContaining(["tls.channel", "tls.keyset"]));

    const seen = { evidence: bound, nonce: NONCE, leaf: new Uint8Array(), ...connection, now: NOW };
    const attested = await verifyConnection({ ...seen, policy });
    expect(attested.verdict).toMatchObject({ subject: "gateway", result: "accepted" });
    expect([attested.keyset, Buffer.from(attested.keysetDigest)]).toEqual([bound.keyset, sha256(bound.keyset)]);
    const refused = verifyConnection({ ...seen, policy: DEFAULT_POLICY });
    await expect(refused).rejects.toBeInstanceOf(AttestationError);
  });

  it("is accepted without devices, without application and without keys of a service, where nobody asks for them", async () => {
    const bare = await makeGateway({
      gpus: 0,
      eventLog: () => undefined,
      appCompose: () => undefined,
      machine: { quote: { format: "v5-td15" } },
    });
    const { app, kms } = DEFAULT_POLICY;
    expect(findings(await judge(bare, { policy: { app, kms } }))).toEqual(["accepted"]);
  });

  it("is accepted with an event log of the second version, and with one that ends after the boot", async () => {
    const second = await makeGateway({ eventVersion: 2 });
    expect(findings(await judge(second))).toEqual(["accepted"]);
    const { verdict } = await judge(await makeGateway({ anomaly: "extra-event" }));
    expect(verdict.result).toBe("accepted");
  });

  it("states nothing that names the machine for good", () => {
    const text = JSON.stringify(found.verdict).toLowerCase();
    // Of the simulated PCK certificate: PPID and platform instance id.
    for (const id of gateway.machineIds) expect(text).not.toContain(id);
    expect(gateway.machineIds.map(({ length }) => length)).toEqual([32, 32]);
  });

  it("says in notes what an acceptance leaves open", async () => {
    const simulated = "SIMULATED: a program made this evidence; it proves nothing about hardware.";
    const unbound = expect.stringContaining("not bound to a connection");
    expect(found.verdict.notes).toEqual([simulated, unbound]);

    const { measurements } = DEFAULT_POLICY;
    const { app } = DEFAULT_POLICY;
    const vague = await judge(gateway, { evidence, nonce: null, policy: { measurements, app } });
    expect(findings(vague)).toEqual(["accepted"]);
    const unpinned = expect.stringContaining("which software runs in it is not established");
    expect(vague.verdict.notes).toEqual([simulated, unpinned, expect.stringContaining("may be an old one"), unbound]);

    const { connection } = gateway;
    const bound = await judge(gateway, { evidence: await gateway.evidence(NONCE, connection), connection });
    expect(bound.verdict.notes).toEqual([simulated]);
  });

  it("says that it is not fresh for a caller without nonce, whatever the gateway says of it", async () => {
    for (const fresh of [true, false]) {
      const { verdict } = await judge(gateway, { evidence: { ...evidence, fresh }, nonce: null });
      expect(verdict.result).toBe("accepted");
      expect(verdict.checks).toContainEqual(
        expect.objectContaining({ id: "nonce.bound", outcome: "skip", required: false }),
      );
    }
    const demanded = await judge(gateway, { evidence, nonce: null, policy: { require: ["nonce.bound"] } });
    expect([demanded.verdict.result, missed(demanded.verdict)]).toEqual(["rejected", ["nonce.bound"]]);
  });

  it("keeps names of the manifest as they are, and large numbers out", () => {
    expect(found.verdict.facts["manifest"]).toEqual({
      models: [
        { name: "m", kind: "verity", digest: "d1".repeat(32), generation: 3 },
        { name: "n", kind: "file_manifest", digest: "d2".repeat(32), generation: 1 },
      ],
      routes: [{ model: "m", upstreamKind: "openai", verified: true }],
      serverSideTools: false,
      sourceCommit: "",
      imageDigest: "",
    });
  });
});
