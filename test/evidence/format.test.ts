import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { beforeAll, describe, expect, it } from "vitest";
import { readEvidenceParts } from "../../clients/typescript/src/evidence/evidence-parts.ts";
import {
  DeviceEvidenceSchema,
  type Evidence,
  GpuEvidenceSchema,
  ServingManifestSchema,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { findings, judge } from "./support/judge.ts";
import { type MadeGateway, makeGateway } from "./support/made-gateway.ts";

let gateway: MadeGateway;
let own: Evidence;
beforeAll(async () => {
  gateway = await makeGateway();
  own = await gateway.evidence();
});

const KiB = 1024;
const bytes = (length: number, value = 0): Uint8Array => new Uint8Array(length).fill(value);
const manifest = (value: MessageInitShape<typeof ServingManifestSchema>): Uint8Array =>
  toBinary(ServingManifestSchema, create(ServingManifestSchema, value));
/** Empty messages of field 1, two bytes each. */
const empties = (count: number): Uint8Array =>
  Uint8Array.from({ length: 2 * count }, (_, at) => (at % 2 === 0 ? 0x0a : 0));
const withModel = (changes: object): Partial<Evidence> => ({
  manifest: manifest({ models: [{ name: "m", generation: 1n, ...changes }] }),
});
const withRoute = (changes: object): Partial<Evidence> => ({
  manifest: manifest({ routes: [{ model: "m", upstreamKind: "openai", ...changes }] }),
});
const devicesOf = (count: number, certificates: number): Uint8Array =>
  toBinary(
    DeviceEvidenceSchema,
    create(DeviceEvidenceSchema, {
      gpus: Array.from({ length: count }, () =>
        create(GpuEvidenceSchema, { certificates: Array.from({ length: certificates }, () => bytes(1)) }),
      ),
    }),
  );

describe("evidence that is malformed as a whole", () => {
  it.each<[string, Partial<Evidence>, string]>([
    ["a nonce of 31 bytes", { nonce: bytes(31) }, "the nonce is not 32 bytes"],
    ["no nonce", { nonce: bytes(0) }, "the nonce is not 32 bytes"],
    ["too large a keyset", { keyset: bytes(256 * KiB + 1) }, "keyset is larger than 262144 bytes"],
    ["too large devices", { devices: bytes(4096 * KiB + 1) }, "devices is larger than 4194304 bytes"],
    ["too large a manifest", { manifest: bytes(256 * KiB + 1) }, "manifest is larger than 262144 bytes"],
    ["too large an event log", { eventLog: bytes(1024 * KiB + 1, 0x20) }, "eventLog is larger than 1048576 bytes"],
    ["too large a configuration", { vmConfig: bytes(256 * KiB + 1) }, "vmConfig is larger than 262144 bytes"],
    ["too large collateral", { collateral: bytes(1024 * KiB + 1, 0x20) }, "collateral is larger than 1048576 bytes"],
    ["too large a compose document", { appCompose: bytes(1024 * KiB + 1) }, "appCompose is larger than 1048576 bytes"],
    ["an event log that is no text", { eventLog: Uint8Array.of(0x5b, 0xff, 0x5d) }, "eventLog is not text in UTF-8"],
    ["collateral that is no text", { collateral: Uint8Array.of(0xc0, 0x80) }, "collateral is not text in UTF-8"],
    [
      "a compose document that is no text",
      { appCompose: Uint8Array.of(0xed, 0xa0, 0x80) },
      "appCompose is not text in UTF-8",
    ],
    ["a keyset that is no message", { keyset: Uint8Array.of(0x0a, 0x05, 0x00) }, "keyset is not a serialised message"],
    [
      "devices that are no message",
      { devices: Uint8Array.of(0x0a, 0x05, 0x00) },
      "devices is not a serialised message",
    ],
    [
      "a device that is no message",
      { devices: Uint8Array.of(0x0a, 0x01, 0xff) },
      "devices is not a serialised message",
    ],
    ["a manifest that is no message", { manifest: Uint8Array.of(0xff) }, "manifest is not a serialised message"],
    [
      "a manifest with a broken model",
      { manifest: Uint8Array.of(0x0a, 0x01, 0xff) },
      "manifest is not a serialised message",
    ],
    ["1025 keys", { keyset: empties(1025) }, "keyset: a message holds more than 1024 fields"],
    ["1025 models", { manifest: empties(1025) }, "manifest: a message holds more than 1024 fields"],
    ["33 devices", { devices: empties(33) }, "devices: a message holds more than 32 fields"],
    ["a device with 17 certificates", { devices: devicesOf(1, 17) }, "devices: a message holds more than 16 fields"],
    [
      "a model without name",
      withModel({ name: "" }),
      "manifest: the name of a model is not 1 to 256 characters without control characters",
    ],
    [
      "a model of too long a name",
      withModel({ name: "m".repeat(257) }),
      "manifest: the name of a model is not 1 to 256 characters without control characters",
    ],
    [
      "a model whose name moves the cursor",
      withModel({ name: "m\u001b[2K" }),
      "manifest: the name of a model is not 1 to 256 characters without control characters",
    ],
    [
      "a model's digest of 31 bytes",
      withModel({ digest: { value: bytes(31) } }),
      "manifest: a model's digest is not 32 bytes or none",
    ],
    [
      "a generation that JSON cannot hold",
      withModel({ generation: 2n ** 53n }),
      "manifest: a model's generation is above 2^53 - 1",
    ],
    [
      "a route without model",
      withRoute({ model: "" }),
      "manifest: the name of a route's model is not 1 to 256 characters without control characters",
    ],
    [
      "a route of a kind of two lines",
      withRoute({ upstreamKind: "open\nai" }),
      "manifest: the name of a route's kind of upstream is not 1 to 256 characters without control characters",
    ],
    [
      "an image digest of 20 bytes",
      { manifest: manifest({ imageDigest: bytes(20) }) },
      "manifest: the image's digest is not 32 bytes or none",
    ],
    [
      "a source commit that is none",
      { manifest: manifest({ sourceCommit: "main" }) },
      "manifest: the source commit is not hex of at most 64 digits",
    ],
  ])("%s", async (_, changes, cause) => {
    const found = await judge(gateway, { evidence: { ...own, ...changes } });
    expect(findings(found)).toEqual(["malformed", "evidence.format"]);
    expect(found.verdict.checks).toEqual([{ id: "evidence.format", outcome: "fail", required: true, cause }]);
    expect(found.verdict.facts).toEqual({});
  });

  it("is called what it calls itself", async () => {
    for (const simulated of [true, false]) {
      const { verdict } = await judge(gateway, { evidence: { ...own, nonce: bytes(0), simulated } });
      expect([verdict.result, verdict.simulated]).toEqual(["malformed", simulated]);
    }
  });

  it("misses, as everything else, what the policy requires", async () => {
    const policy = { require: ["nonce.bound"] as const };
    const { verdict } = await judge(gateway, { evidence: { ...own, nonce: bytes(0) }, policy });
    expect(verdict.checks.map(({ id, outcome }) => [id, outcome])).toEqual([
      ["evidence.format", "fail"],
      ["nonce.bound", "skip"],
    ]);
  });
});

describe("the parts of evidence", () => {
  it("are read at their limits, and byte for byte", () => {
    const empty = {
      keyset: bytes(0),
      devices: bytes(0),
      manifest: bytes(0),
      eventLog: bytes(0),
      collateral: bytes(0),
      appCompose: bytes(0),
    };
    expect(readEvidenceParts({ ...own, ...empty })).toEqual({
      devices: [],
      manifest: create(ServingManifestSchema),
      eventLog: undefined,
      collateral: undefined,
      appCompose: undefined,
    });
    const mark = Uint8Array.of(0xef, 0xbb, 0xbf, 0x41);
    expect(readEvidenceParts({ ...own, appCompose: mark }).appCompose).toBe("\ufeffA");
    expect(readEvidenceParts({ ...own, collateral: bytes(1024 * KiB, 0x20) }).collateral).toHaveLength(1024 * KiB);
    expect(readEvidenceParts({ ...own, devices: devicesOf(32, 16) }).devices).toHaveLength(32);
  });
});
