import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  mrConfigIdV1,
  mrConfigIdV2,
  mrConfigIdV3,
  type PlatformClaims,
} from "../../clients/typescript/src/dstack/index.ts";
import { commitsTo } from "../../clients/typescript/src/dstack/mr-config-id.ts";
import { dstackVectors } from "./dstack-vectors.ts";
import { bytes, hex } from "./event-log-text.ts";

const CLAIMS: PlatformClaims = {
  appId: bytes("11".repeat(20)),
  composeHash: bytes("22".repeat(32)),
  instanceId: bytes("44".repeat(20)),
  osImageHash: undefined,
  keyProvider: { name: "kms", id: "33".repeat(32) },
  gpuPolicyHash: bytes("55".repeat(32)),
  initScriptHashes: [bytes("aa".repeat(32)), bytes("bb".repeat(32))],
  lateEvents: [],
};

/** MRCONFIGID of a document, made without the code under test. */
function idOf(document: string): Uint8Array {
  const digest = createHash("sha256").update("dstack-mr-config-v3:\0").update(document).digest();
  return new Uint8Array([3, ...digest, ...new Uint8Array(15)]);
}

const app = `"app_id":"${"11".repeat(20)}"`;
const compose = `"compose_hash":"${"22".repeat(32)}"`;
const gpu = `"gpu_policy_hash":"${"55".repeat(32)}"`;
const scripts = `"init_script_hashes":["${"aa".repeat(32)}","${"bb".repeat(32)}"]`;
const instance = `"instance_id":"${"44".repeat(20)}"`;
const kms = '"key_provider":"kms"';
const kmsId = `"key_provider_id":"${"33".repeat(32)}"`;

describe("MRCONFIGID of version 3", () => {
  it.each([
    ["every member", `{${app},${compose},${gpu},${scripts},${instance},${kms},${kmsId},"version":3}`],
    ["no more than it must have", `{${compose},${kms},"version":3}`],
    ["empty texts of earlier hosts", `{${app},${compose},"instance_id":"",${kms},"key_provider_id":"","version":3}`],
  ])("commits to claims by a document with %s", (_, document) => {
    expect(hex(mrConfigIdV3(document))).toBe(hex(idOf(document)));
    expect(commitsTo(idOf(document), CLAIMS)).toBe(true);
  });

  it("commits to an application without scripts, provider or instance", () => {
    const bare: PlatformClaims = {
      ...CLAIMS,
      instanceId: undefined,
      keyProvider: { name: "none", id: "" },
      gpuPolicyHash: undefined,
      initScriptHashes: [],
    };
    const document = `{${app},${compose},"init_script_hashes":[],"key_provider":"none","version":3}`;
    expect(commitsTo(idOf(document), bare)).toBe(true);
  });

  it.each<[string, Partial<PlatformClaims>]>([
    ["application", { appId: bytes("12".repeat(20)) }],
    ["compose document", { composeHash: bytes("23".repeat(32)) }],
    ["GPU policy", { gpuPolicyHash: bytes("56".repeat(32)) }],
    ["order of scripts", { initScriptHashes: [...CLAIMS.initScriptHashes].reverse() }],
    ["instance", { instanceId: bytes("45".repeat(20)) }],
    ["provider", { keyProvider: { name: "tpm", id: "33".repeat(32) } }],
    ["provider of that name", { keyProvider: { name: "kms", id: "34".repeat(32) } }],
    ["unknown provider", { keyProvider: { name: "other", id: "" } }],
    ["unnamed provider", { keyProvider: undefined }],
  ])("does not commit to another %s", (_, other) => {
    const document = `{${app},${compose},${gpu},${scripts},${instance},${kms},${kmsId},"version":3}`;
    expect(commitsTo(idOf(document), { ...CLAIMS, ...other })).toBe(false);
  });

  it("does not commit by a document that leaves out the compose hash", () => {
    expect(commitsTo(idOf(`{${app},${kms},"version":3}`), CLAIMS)).toBe(false);
  });
});

describe("MRCONFIGID of versions 1 and 2", () => {
  const { composeHash, appId } = CLAIMS;
  it("commits to nothing else than it should", () => {
    const v1 = mrConfigIdV1(composeHash);
    expect(commitsTo(v1, CLAIMS)).toBe(true);
    for (let at = 0; at < 48; at += 1) {
      const changed = v1.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x80;
      expect(commitsTo(changed, CLAIMS)).toBe(false);
    }
    const v2 = mrConfigIdV2({ composeHash, appId, keyProvider: { name: "kms", id: "33".repeat(32) } });
    if (v2 === undefined) throw new Error("a known provider is unknown");
    expect(commitsTo(v2, CLAIMS)).toBe(true);
    expect(commitsTo(v2, { ...CLAIMS, appId: bytes("12".repeat(20)) })).toBe(false);
    expect(commitsTo(v2, { ...CLAIMS, keyProvider: { name: "tpm", id: "33".repeat(32) } })).toBe(false);
  });

  it.each(["other", "constructor", "__proto__"])("knows no provider %s", (name) => {
    expect(mrConfigIdV2({ composeHash, appId, keyProvider: { name, id: "" } })).toBeUndefined();
  });

  it.each([0, 4, 255])("is nothing this verifier knows with version %i", (version) => {
    const unknown = mrConfigIdV1(composeHash);
    unknown[0] = version;
    expect(commitsTo(unknown, CLAIMS)).toBe(false);
  });
});

describe.skipIf(dstackVectors === undefined)("known values", () => {
  it("are computed and recognised", () => {
    const log = dstackVectors?.logs.find(({ name }) => name === "simulator-fixture")?.claims_before_system_ready;
    if (log === undefined) throw new Error("the vectors are incomplete");
    const claims: PlatformClaims = {
      ...CLAIMS,
      appId: bytes(log.app_id),
      composeHash: bytes(log.compose_hash),
      instanceId: bytes(log.instance_id),
      keyProvider: log.key_provider,
      gpuPolicyHash: undefined,
      initScriptHashes: [],
    };
    expect(dstackVectors?.mr_config_id.map(({ version }) => version)).toEqual([1, 2, 3]);
    for (const known of dstackVectors?.mr_config_id ?? []) {
      const { version, document = "", key_provider: name = "", key_provider_id: id = "" } = known;
      const computed = {
        1: () => mrConfigIdV1(bytes(known.compose_hash ?? "")),
        2: () =>
          mrConfigIdV2({
            composeHash: bytes(known.compose_hash ?? ""),
            appId: bytes(known.app_id ?? ""),
            keyProvider: { name, id },
          }),
        3: () => mrConfigIdV3(document),
      }[version];
      expect(hex(computed?.())).toBe(known.mr_config_id);
      expect(commitsTo(bytes(known.mr_config_id), claims)).toBe(true);
    }
  });
});
