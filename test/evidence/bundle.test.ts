import { toBinary } from "@bufbuild/protobuf";
import { type EvidenceBundle, readBundle, verifyBundle, writeBundle } from "@countersign/client/evidence";
import { CheckFailure } from "@countersign/client/verdict";
import { beforeAll, describe, expect, it } from "vitest";
import { EvidenceSchema } from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { type MadeGateway, makeGateway, NONCE, NOW } from "./support/made-gateway.ts";

let gateway: MadeGateway;
let bundle: EvidenceBundle;
let text: string;
beforeAll(async () => {
  gateway = await makeGateway();
  const { connection } = gateway;
  const evidence = await gateway.evidence(NONCE, connection);
  bundle = { recordedAt: NOW, source: "https://gateway.example", evidence, nonce: NONCE, connection };
  text = writeBundle(bundle);
});

const DAY = 86_400;
const result = ({ result: outcome, checks }: Awaited<ReturnType<typeof verifyBundle>>) => [
  outcome,
  ...checks.filter((check) => check.outcome === "fail").map(({ id }) => id),
];
const verify = (changed: string, at?: number) => verifyBundle({ text: changed, policy: gateway.policy, at, now: 0 });
/** The bundle with members of its JSON changed. */
const edited = (changes: object): string => JSON.stringify({ ...JSON.parse(text), ...changes });

describe("a bundle", () => {
  it("reads as it was written", () => {
    expect(readBundle(text)).toEqual(bundle);
    const bare = { ...bundle, recordedAt: 0, source: "", nonce: undefined, connection: undefined };
    expect(readBundle(writeBundle(bare))).toEqual(bare);
  });

  it("is JSON that says what it is, with evidence as its exact message", () => {
    const { evidence, nonce, connection } = bundle;
    const base64 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("base64");
    expect(JSON.parse(text)).toEqual({
      format: "countersign.bundle.v1",
      recorded_at: "2026-02-03T04:05:06.000Z",
      source: "https://gateway.example",
      simulated: true,
      nonce: base64(nonce),
      connection: { leaf_spki: base64(connection?.leafSpki), exporter: base64(connection?.exporter) },
      evidence: base64(toBinary(EvidenceSchema, evidence)),
    });
    expect(writeBundle({ ...bundle, evidence: { ...evidence, simulated: false } })).not.toContain("simulated");
  });

  it("keeps large evidence, which no call may take for a list of arguments or a pattern to go through", () => {
    const large = { ...bundle, evidence: { ...bundle.evidence, devices: new Uint8Array(8 * 1024 * 1024).fill(0xa5) } };
    const written = writeBundle(large);
    expect(Buffer.compare(readBundle(written).evidence.devices, large.evidence.devices)).toBe(0);
    const broken = `${written.slice(0, 1_000_000)}!${written.slice(1_000_001)}`;
    expect(() => readBundle(broken)).toThrow(
      expect.objectContaining({ malformed: true, message: "evidence is not base64" }),
    );
  });

  it("is verified again at the moment it was recorded", async () => {
    const verdict = await verify(text);
    expect(result(verdict)).toEqual(["accepted"]);
    expect(verdict).toMatchObject({ subject: "bundle", simulated: true, at: "2026-02-03T04:05:06.000Z" });
    expect(verdict.facts).toMatchObject({ source: "https://gateway.example", recordedAt: "2026-02-03T04:05:06.000Z" });
    expect(verdict.notes.at(-1)).toContain("the word of whoever recorded it");
  });

  it("is rejected at a moment at which its collateral no longer holds, or not yet", async () => {
    expect(result(await verify(text, NOW + 29 * DAY))).toEqual(["accepted"]);
    expect(result(await verify(text, NOW + 31 * DAY))).toEqual(["rejected", "quote.revocation", "collateral.window"]);
    expect(result(await verify(text, NOW - DAY))).toContain("collateral.window");
  });

  it("is held to the nonce and the connection it was recorded with", async () => {
    expect(result(await verify(edited({ nonce: Buffer.alloc(32).toString("base64") })))).toEqual([
      "rejected",
      "nonce.bound",
    ]);
    const { connection } = JSON.parse(text);
    const elsewhere = { ...connection, exporter: Buffer.alloc(32).toString("base64") };
    expect(result(await verify(edited({ connection: elsewhere })))).toContain("tls.channel");
    expect(result(await verify(edited({ connection: null })))).toContain("quote.report_data");
    const withoutNonce = await verify(edited({ nonce: null }));
    expect(result(withoutNonce)).toEqual(["accepted"]);
    expect(withoutNonce.notes).toContainEqual(expect.stringContaining("may be an old one"));
  });

  it("ignores members of a later minor version", () => {
    expect(readBundle(edited({ later: { more: [] } }))).toEqual(bundle);
  });
});

describe("a bundle that is malformed", () => {
  const spki = (length: number) => ({
    leaf_spki: Buffer.alloc(length).toString("base64"),
    exporter: Buffer.alloc(32).toString("base64"),
  });
  const base64 = (length: number): string => Buffer.alloc(length).toString("base64");
  it.each<[string, () => string, string]>([
    ["no JSON", () => "{", "the bundle is not JSON"],
    ["nothing", () => "", "the bundle is not JSON"],
    ["a list", () => `[${text}]`, "the bundle is not an object"],
    ["null", () => "null", "the bundle is not an object"],
    ["nested too deeply", () => "[".repeat(100_000), "the bundle is nested deeper than 16 levels"],
    [
      "a member twice",
      () => text.replace('"nonce"', '"nonce": null, "nonce"'),
      "the bundle has a member that occurs twice",
    ],
    ["another format", () => edited({ format: "countersign.bundle.v2" }), "format is not countersign.bundle.v1"],
    ["no format", () => edited({ format: undefined }), "format is not countersign.bundle.v1"],
    ["no time", () => edited({ recorded_at: undefined }), "recorded_at is not a time like 2026-09-04T10:15:00.000Z"],
    [
      "a time without milliseconds",
      () => edited({ recorded_at: "2026-02-03T04:05:06Z" }),
      "recorded_at is not a time like 2026-09-04T10:15:00.000Z",
    ],
    [
      "a time of another zone",
      () => edited({ recorded_at: "2026-02-03T04:05:06.000+01:00" }),
      "recorded_at is not a time like 2026-09-04T10:15:00.000Z",
    ],
    [
      "a time that no calendar has",
      () => edited({ recorded_at: "2026-02-30T04:05:06.000Z" }),
      "recorded_at is not a time like 2026-09-04T10:15:00.000Z",
    ],
    ["a time as number", () => edited({ recorded_at: NOW }), "recorded_at is not a time like 2026-09-04T10:15:00.000Z"],
    ["no source", () => edited({ source: undefined }), "source is not a text"],
    ["too long a source", () => edited({ source: "s".repeat(4097) }), "source is not a text"],
    ["no nonce, not even null", () => edited({ nonce: undefined }), "nonce is not base64"],
    ["a nonce of 31 bytes", () => edited({ nonce: base64(31) }), "nonce is not 32 bytes"],
    ["a nonce without padding", () => edited({ nonce: base64(32).replace("=", "") }), "nonce is not base64"],
    ["a nonce with white space", () => edited({ nonce: ` ${base64(32)}` }), "nonce is not base64"],
    ["a nonce with stray bits", () => edited({ nonce: base64(32).replace("A=", "B=") }), "nonce is not base64"],
    [
      "a nonce in base64url",
      () => edited({ nonce: Buffer.alloc(32, 0xff).toString("base64url") }),
      "nonce is not base64",
    ],
    ["no connection, not even null", () => edited({ connection: undefined }), "connection is not an object"],
    ["a connection that is a text", () => edited({ connection: "c" }), "connection is not an object"],
    [
      "a connection without leaf",
      () => edited({ connection: { exporter: base64(32) } }),
      "connection.leaf_spki is not base64",
    ],
    [
      "a connection with an empty leaf",
      () => edited({ connection: spki(0) }),
      "connection.leaf_spki is not 1 to 1024 bytes",
    ],
    [
      "a connection with a large leaf",
      () => edited({ connection: spki(1025) }),
      "connection.leaf_spki is not 1 to 1024 bytes",
    ],
    [
      "a connection with a short exporter",
      () => edited({ connection: { ...spki(91), exporter: base64(31) } }),
      "connection.exporter is not 32 bytes",
    ],
    ["no evidence", () => edited({ evidence: undefined }), "evidence is not base64"],
    ["evidence that is no message", () => edited({ evidence: "CgU=" }), "evidence is not a serialised message"],
    ["too long", () => " ".repeat(16 * 1024 * 1024 + 1), "the bundle is too long"],
  ])("%s", async (_, changed, cause) => {
    const verdict = await verify(changed());
    expect(verdict).toMatchObject({
      subject: "bundle",
      result: "malformed",
      simulated: false,
      at: "1970-01-01T00:00:00.000Z",
      facts: {},
      checks: [{ id: "evidence.format", outcome: "fail", cause }],
    });
    expect(() => readBundle(changed())).toThrow(CheckFailure);
  });
});
