import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { gpuNonce } from "@countersign/client/evidence";
import type { CheckId } from "@countersign/client/verdict";
import { beforeAll, describe, expect, it } from "vitest";
import {
  DeviceEvidenceSchema,
  type Evidence,
  ServedModelSchema,
  ServingManifestSchema,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import {
  KeyAlgorithm,
  KeyRole,
  KeysetSchema,
  PublicKeySchema,
} from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { ModelDigestKind } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { generateLeafKey } from "../../src/ratls/index.ts";
import { keyId } from "../../src/signing/index.ts";
import { NON_ASCII_APP_COMPOSE } from "../../src/tee/simulated/event-log/index.ts";
import { findings, judge, missed } from "./support/judge.ts";
import { type GatewayOptions, MANIFEST, type MadeGateway, makeGateway, NONCE, NOW } from "./support/made-gateway.ts";

/** What every change to bytes the quote commits to brings down. */
const UNBOUND = ["quote.report_data", "nonce.bound", "keyset.bound"] as const satisfies CheckId[];

let gateway: MadeGateway;
/** On the same machine, running the same application, with keys of its own. */
let other: MadeGateway;
let own: Evidence;
let others: Evidence;
beforeAll(async () => {
  gateway = await makeGateway();
  other = await makeGateway({ keysFor: new Uint8Array(20) });
  own = await gateway.evidence();
  others = await other.evidence();
});

const flipped = (bytes: Uint8Array, position: number): Uint8Array => {
  const copy = bytes.slice();
  const at = position < 0 ? bytes.length + position : position;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
const bytesOf = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, "utf8"));

describe("evidence changed on its way", () => {
  it.each<[string, (own: Evidence, others: Evidence) => Partial<Evidence>, string, CheckId[]]>([
    [
      "with another nonce",
      ({ nonce }) => ({ nonce: flipped(nonce, 0) }),
      "rejected",
      [...UNBOUND, "gpu.nonce", "gpu.bound"],
    ],
    [
      "with another gateway's keyset",
      (_, { keyset }) => ({ keyset }),
      "rejected",
      [...UNBOUND, "key.custody", "gpu.nonce", "gpu.bound"],
    ],
    [
      "with a byte of a key flipped",
      ({ keyset }) => ({ keyset: flipped(keyset, -40) }),
      "rejected",
      [...UNBOUND, "gpu.nonce", "gpu.bound"],
    ],
    [
      "with an unknown field in the keyset",
      ({ keyset }) => ({ keyset: new Uint8Array([...keyset, 0x78, 0x01]) }),
      "rejected",
      [...UNBOUND, "gpu.nonce", "gpu.bound"],
    ],
    [
      "without keyset",
      () => ({ keyset: new Uint8Array() }),
      "malformed",
      [...UNBOUND, "keyset.format", "gpu.nonce", "gpu.bound"],
    ],
    [
      "with another gateway's devices",
      (_, { devices }) => ({ devices }),
      "rejected",
      [...UNBOUND, "gpu.nonce", "gpu.bound"],
    ],
    [
      "with a device's signature broken",
      ({ devices }) => {
        const { gpus } = fromBinary(DeviceEvidenceSchema, devices);
        const broken = gpus.map((gpu) => ({ ...gpu, report: flipped(gpu.report, -1) }));
        return { devices: toBinary(DeviceEvidenceSchema, create(DeviceEvidenceSchema, { gpus: broken })) };
      },
      "rejected",
      [...UNBOUND, "gpu.signature", "gpu.bound"],
    ],
    ["without devices", () => ({ devices: new Uint8Array() }), "rejected", [...UNBOUND, "gpu.count"]],
    [
      "with another manifest",
      () => ({
        manifest: toBinary(
          ServingManifestSchema,
          create(ServingManifestSchema, { ...MANIFEST, serverSideTools: true }),
        ),
      }),
      "rejected",
      [...UNBOUND, "gpu.bound"],
    ],
    ["without manifest", () => ({ manifest: new Uint8Array() }), "rejected", [...UNBOUND, "gpu.bound"]],
    [
      "with the event log edited",
      ({ eventLog }) => ({ eventLog: bytesOf(text(eventLog).replace("storage-fs", "storage-xx")) }),
      "rejected",
      ["rtmr3.replay", "key.custody"],
    ],
    [
      "with an event taken out",
      ({ eventLog }) => ({ eventLog: bytesOf(JSON.stringify(JSON.parse(text(eventLog)).slice(1))) }),
      "rejected",
      ["rtmr3.replay", "key.custody"],
    ],
    [
      "with an event log that is no JSON",
      () => ({ eventLog: bytesOf("[") }),
      "malformed",
      ["rtmr3.replay", "key.custody"],
    ],
    ["without event log", () => ({ eventLog: new Uint8Array() }), "rejected", ["key.custody"]],
    [
      "with a line break at the end of the compose document",
      ({ appCompose }) => ({ appCompose: bytesOf(`${text(appCompose)}\n`) }),
      "rejected",
      ["compose.hash"],
    ],
    ["with collateral that is no JSON", () => ({ collateral: bytesOf("{") }), "malformed", ["collateral.format"]],
    [
      "with the quote's signature broken",
      ({ quote }) => ({ quote: flipped(quote, 640) }),
      "rejected",
      ["quote.signature", "nonce.bound", "keyset.bound", "key.custody", "gpu.bound"],
    ],
    ["with the quote of another nonce", () => ({}), "rejected", [...UNBOUND, "gpu.bound"]],
    [
      "without quote",
      () => ({ quote: new Uint8Array() }),
      "malformed",
      ["quote.format", "nonce.bound", "keyset.bound", "key.custody", "gpu.bound"],
    ],
  ])("%s", async (name, change, result, failed) => {
    const changed = { ...own, ...change(own, others) };
    if (name === "with the quote of another nonce") changed.quote = (await gateway.evidence(flipped(NONCE, 0))).quote;
    const found = await judge(gateway, { evidence: changed });
    expect(findings(found)).toEqual([result, ...failed]);
  });

  it("skips what the changed bytes would have said, and the skips are failures", async () => {
    const { verdict } = await judge(gateway, { evidence: { ...own, manifest: new Uint8Array() } });
    expect(missed(verdict)).toEqual(["model.digest", "manifest.routes"]);
    const without = await judge(gateway, { evidence: { ...own, eventLog: new Uint8Array() } });
    expect(missed(without.verdict)).toEqual(["compose.hash", "app.id", "os.image", "key_provider"]);
    const unsigned = await judge(gateway, { evidence: { ...own, quote: flipped(own.quote, 640) } });
    expect(missed(unsigned.verdict)).toEqual(expect.arrayContaining(["rtmr3.replay", "rtmr3.boundary", "app.id"]));
  });

  it("is judged by the caller's own nonce", async () => {
    const found = await judge(gateway, { nonce: flipped(NONCE, 31) });
    expect(findings(found)).toEqual(["rejected", "nonce.bound"]);
  });

  it("does not hold for what nothing vouches for: the words beside the quote", async () => {
    const said = { vmConfig: bytesOf("{}}"), created: undefined, fresh: false, simulated: false };
    const { created: _, ...rest } = own;
    const { verdict } = await judge(gateway, {
      evidence: { ...rest, ...said, created: undefined } as unknown as Evidence,
    });
    expect([verdict.result, verdict.simulated]).toEqual(["accepted", true]);
  });
});

describe("evidence of a connection", () => {
  it("does not hold as evidence of keys alone, nor the reverse", async () => {
    const { connection } = gateway;
    const bound = await gateway.evidence(NONCE, connection);
    expect(findings(await judge(gateway, { evidence: bound }))).toEqual(["rejected", ...UNBOUND, "gpu.bound"]);
    expect(findings(await judge(gateway, { connection }))).toEqual([
      "rejected",
      ...UNBOUND,
      "tls.channel",
      "gpu.bound",
    ]);
  });

  it.each<[string, "exporter" | "leafSpki"]>([
    ["another exporter value", "exporter"],
    ["another leaf", "leafSpki"],
  ])("does not hold for a connection with %s", async (_, member) => {
    const { connection } = gateway;
    const evidence = await gateway.evidence(NONCE, connection);
    const seen = {
      ...connection,
      [member]: member === "exporter" ? flipped(connection.exporter, 0) : generateLeafKey().spki,
    };
    const found = await judge(gateway, { evidence, connection: seen });
    expect(findings(found)).toEqual(["rejected", ...UNBOUND, "tls.channel", "gpu.bound"]);
    expect(missed(found.verdict)).toEqual(["tls.keyset", "model.digest", "manifest.routes"]);
  });

  it("does not hold for a leaf whose key the keyset has not, although the quote commits to it", async () => {
    const connection = { ...gateway.connection, leafSpki: generateLeafKey().spki };
    const evidence = await gateway.evidence(NONCE, connection);
    expect(findings(await judge(gateway, { evidence, connection }))).toEqual(["rejected", "tls.keyset"]);
  });

  it("does not hold for a leaf whose key the keyset has for something else", async () => {
    const keyset = (own: Uint8Array): Uint8Array => {
      const { keys, ...rest } = fromBinary(KeysetSchema, own);
      const renamed = keys.map((key) =>
        key.role === KeyRole.TLS
          ? { ...key, role: KeyRole.LOG, id: keyId("tls", "p256", key.value).replace("tls", "log") }
          : key,
      );
      return toBinary(KeysetSchema, { ...rest, keys: renamed });
    };
    const misused = await makeGateway({ keyset });
    const { connection } = misused;
    const evidence = await misused.evidence(NONCE, connection);
    // A key of a role for which no purpose is known has no custody either.
    expect(findings(await judge(misused, { evidence, connection }))).toEqual(["rejected", "tls.keyset", "key.custody"]);
  });

  it("does not hold for a leaf whose key has ended", async () => {
    const ended = await makeGateway({
      keyset(own) {
        const { keys, ...rest } = fromBinary(KeysetSchema, own);
        const until = BigInt((NOW - 3600) * 1000);
        return toBinary(KeysetSchema, {
          ...rest,
          keys: keys.map((key) => (key.role === KeyRole.TLS ? { ...key, notAfterUnixMs: until } : key)),
        });
      },
    });
    const { connection } = ended;
    const evidence = await ended.evidence(NONCE, connection);
    expect(findings(await judge(ended, { evidence, connection }))).toEqual(["rejected", "tls.keyset"]);
  });
});

describe("what a gateway has quoted and must not have", () => {
  const withKeys =
    (change: (key: ReturnType<typeof keysOf>[number]) => Partial<ReturnType<typeof keysOf>[number]>) =>
    (own: Uint8Array): Uint8Array => {
      const keyset = fromBinary(KeysetSchema, own);
      return toBinary(KeysetSchema, { ...keyset, keys: keyset.keys.map((key) => ({ ...key, ...change(key) })) });
    };
  const keysOf = (own: Uint8Array) => fromBinary(KeysetSchema, own).keys;
  const model = (digest: { kind: ModelDigestKind; value?: Uint8Array } | undefined) =>
    create(ServedModelSchema, { name: "m", generation: 1n, ...(digest && { digest }) });
  const pinned = new Uint8Array(32).fill(0xd1);
  const { VERITY, STATIC } = ModelDigestKind;
  const serving = (...models: ReturnType<typeof model>[]) =>
    create(ServingManifestSchema, { ...MANIFEST, models: [...models, ...MANIFEST.models.slice(1)] });

  it.each<[string, GatewayOptions, string, CheckId[]]>([
    ["a keyset that cannot be read", { keyset: (own) => own.subarray(1) }, "malformed", ["evidence.format"]],
    ["an empty keyset", { keyset: () => new Uint8Array() }, "malformed", ["keyset.format"]],
    [
      "a key under another's name",
      { keyset: withKeys((key) => (key.role === KeyRole.STREAM ? { id: `${key.id.slice(0, -1)}g` } : {})) },
      "malformed",
      ["keyset.format"],
    ],
    [
      "a key twice",
      {
        keyset: (own) => {
          const keyset = fromBinary(KeysetSchema, own);
          return toBinary(KeysetSchema, { ...keyset, keys: [...keyset.keys, ...keyset.keys.slice(0, 1)] });
        },
      },
      "malformed",
      ["keyset.format"],
    ],
    ["keys without custody", { keyset: withKeys(() => ({ custodyChain: [] })) }, "rejected", ["key.custody"]],
    ["keys of another application", { keysFor: new Uint8Array(20).fill(0xaa) }, "rejected", ["key.custody"]],
    [
      "a key whose custody nobody can know",
      {
        keyset(own) {
          const keyset = fromBinary(KeysetSchema, own);
          const value = new Uint8Array(32).fill(9);
          const id = keyId("stream", "ed25519", value).replace("stream-ed25519", "e2ee-x25519");
          const [first] = keyset.keys;
          const key = create(PublicKeySchema, {
            id,
            role: KeyRole.E2EE,
            algorithm: KeyAlgorithm.X25519,
            value,
            custodyChain: first?.custodyChain ?? [],
          });
          return toBinary(KeysetSchema, { ...keyset, keys: [...keyset.keys, key] });
        },
      },
      "rejected",
      ["key.custody"],
    ],
    ["no devices", { devices: () => [] }, "rejected", ["gpu.count"]],
    ["one device less", { devices: (own) => own.slice(1) }, "rejected", ["gpu.count"]],
    [
      "one device twice",
      { gpus: 2, devices: ([first]) => (first === undefined ? [] : [first, first]) },
      "rejected",
      ["gpu.count"],
    ],
    [
      "a device without certificates",
      { devices: (own) => own.map((device) => ({ ...device, certificates: [] })) },
      "malformed",
      ["gpu.format", "gpu.bound"],
    ],
    [
      "a model with another digest",
      { manifest: serving(model({ kind: VERITY, value: new Uint8Array(32) })) },
      "rejected",
      ["model.digest"],
    ],
    ["a model without digest", { manifest: serving(model(undefined)) }, "rejected", ["model.digest"]],
    [
      "a model with a digest of another kind",
      { manifest: serving(model({ kind: STATIC, value: pinned })) },
      "rejected",
      ["model.digest"],
    ],
    [
      "a model with a digest of a kind to come",
      { manifest: serving(model({ kind: 99 as ModelDigestKind, value: pinned })) },
      "rejected",
      ["model.digest"],
    ],
    [
      "a model's name twice",
      { manifest: serving(model({ kind: VERITY, value: pinned }), model({ kind: STATIC })) },
      "rejected",
      ["model.digest"],
    ],
    ["no model of that name", { manifest: serving() }, "rejected", ["model.digest"]],
    ["another application", { compose: NON_ASCII_APP_COMPOSE }, "rejected", ["compose.hash", "app.id"]],
    ["an event twice", { anomaly: "duplicate-event" }, "rejected", ["rtmr3.boundary", "key.custody"]],
    [
      "a trust domain that can be debugged",
      { machine: { quote: { body: { tdAttributes: Uint8Array.of(1, 0, 0, 0x10, 0, 0, 0, 0) } } } },
      "rejected",
      ["quote.debug"],
    ],
    [
      "another image",
      { machine: { quote: { body: { rtmr1: new Uint8Array(48) } } } },
      "rejected",
      ["measurement.image"],
    ],
    ["a platform that is out of date", { machine: { status: { platform: "OutOfDate" } } }, "rejected", ["quote.tcb"]],
    ["a platform that is revoked", { machine: { revoked: ["pck"] } }, "rejected", ["quote.revocation"]],
  ])("%s", async (_, options, result, failed) => {
    const made = await makeGateway(options);
    expect(findings(await judge(made))).toEqual([result, ...failed]);
  });

  it("devices that were asked with the caller's nonce alone, or for another keyset", async () => {
    for (const asked of [
      () => NONCE,
      () => gpuNonce(NONCE, other.keyset),
      () => gpuNonce(flipped(NONCE, 0), gateway.keyset),
    ]) {
      const relayed = await makeGateway({ keyset: () => gateway.keyset });
      const { devices } = relayed.platform;
      const { collect } = devices;
      Object.assign(devices, { collect: () => collect(asked()) });
      expect(findings(await judge(relayed))).toEqual(["rejected", "gpu.nonce", "gpu.bound"]);
    }
  });

  it("the log of another boot", async () => {
    const boot = await (await makeGateway({ compose: NON_ASCII_APP_COMPOSE })).evidence();
    const made = await makeGateway({ eventLog: () => text(boot.eventLog) });
    expect(findings(await judge(made))).toEqual(["rejected", "rtmr3.replay", "key.custody"]);
  });
});
