import { createPrivateKey, createPublicKey, hash, verify, X509Certificate } from "node:crypto";
import { parseCertificate, verifyChain } from "@countersign/client/x509";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SimulatedAgent } from "../../../src/tee/simulated/agent/index.ts";
import { NON_ASCII_APP_COMPOSE } from "../../../src/tee/simulated/event-log/index.ts";
import { sharedVectors } from "../../support/shared-vectors.ts";
import { callAgent, callMethod } from "./call-agent.ts";
import { type TestMachine, testMachine } from "./test-machine.ts";

const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
const bytes = (text: unknown): Uint8Array => new Uint8Array(Buffer.from(String(text), "hex"));
/** Offset of the TD report in quotes of version 4, and of its last fields in the report (Intel's layout). */
const BODY = 48;
const reportDataOf = (quote: unknown): string => hex(bytes(quote).subarray(BODY + 520, BODY + 584));
const rtmr3Of = (quote: unknown): string => hex(bytes(quote).subarray(BODY + 472, BODY + 520));
const mrConfigIdOf = (quote: unknown): string => hex(bytes(quote).subarray(BODY + 184, BODY + 232));

const binding = sharedVectors<{
  readonly kms: {
    readonly fixture: { readonly bootstrap_binding: { readonly message: string; readonly report_data: string } };
  };
}>("dstack.json")?.kms.fixture.bootstrap_binding;

let machine: TestMachine;
let agent: SimulatedAgent;
const call = (method: string, fields?: Record<string, unknown>) => callMethod(agent.socketPath, `/${method}`, fields);

beforeAll(async () => {
  machine = testMachine();
  agent = await machine.start();
});
afterAll(() => machine.close());

describe("GetQuote", () => {
  it("answers with the quote of what was asked, the log behind RTMR3 and the machine's configuration", async () => {
    const reportData = "ab".repeat(64);
    const { status, body } = await call("GetQuote", { report_data: reportData });
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(["event_log", "quote", "report_data", "vm_config"]);
    expect(body["report_data"]).toBe(reportData);
    expect(reportDataOf(body["quote"])).toBe(reportData);
    expect(rtmr3Of(body["quote"])).toBe(hex(agent.boot.rtmr3));
    expect(mrConfigIdOf(body["quote"])).toBe(`01${hex(agent.boot.compose.hash)}${"00".repeat(15)}`);
    expect(body["event_log"]).toBe(agent.boot.eventLog);
    expect(JSON.parse(String(body["vm_config"]))).toMatchObject({ image: "countersign-simulated", num_gpus: 1 });
  });

  it.each([
    ["short data, padded on the right", "0xABCD", `abcd${"00".repeat(62)}`],
    ["none", "", "00".repeat(64)],
  ])("takes %s", async (_, given, expected) => {
    const { body } = await call("GetQuote", { report_data: given });
    expect(body["report_data"]).toBe(expected);
    expect(reportDataOf(body["quote"])).toBe(expected);
  });

  it("may be asked with GET", async () => {
    const { status, body } = await callAgent(agent.socketPath, "/GetQuote?report_data=0102", { method: "GET" });
    expect(status).toBe(200);
    expect(body["report_data"]).toBe(`0102${"00".repeat(62)}`);
  });

  it.each([
    ["65 bytes", "00".repeat(65), "report_data: more than 64 bytes"],
    ["half a byte", "abc", "report_data: not hex"],
    ["other text", "zz", "report_data: not hex"],
    ["a number", 5, "report_data: not text"],
  ])("refuses %s", async (_, given, error) => {
    const answer = await call("GetQuote", { report_data: given });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error });
  });
});

describe("GetKey", () => {
  const custody = (purpose: string, publicKey: Uint8Array, chain: unknown) => {
    const [first, second] = (chain as string[]).map(bytes);
    const recovered = (signature: Uint8Array = new Uint8Array(65), message: Uint8Array) =>
      hex(
        secp256k1.Signature.fromBytes(signature.subarray(0, 64), "compact")
          .addRecoveryBit(signature[64] ?? 9)
          .recoverPublicKey(keccak_256(message))
          .toBytes(true),
      );
    const appRoot = recovered(first, Buffer.from(`${purpose}:${hex(publicKey)}`));
    const issued = Buffer.concat([Buffer.from("dstack-kms-issued:"), agent.boot.compose.appId, bytes(appRoot)]);
    return recovered(second, issued);
  };

  it("gives a secp256k1 key whose custody ends in the KMS root", async () => {
    const { body } = await call("GetKey", { path: "some/path", purpose: "signing" });
    expect(Object.keys(body).sort()).toEqual(["key", "signature_chain"]);
    const publicKey = secp256k1.getPublicKey(bytes(body["key"]), true);
    expect(custody("signing", publicKey, body["signature_chain"])).toBe(hex(machine.kms.rootPublicKey));
    expect(custody("other", publicKey, body["signature_chain"])).not.toBe(hex(machine.kms.rootPublicKey));
  });

  it("gives an Ed25519 key whose custody ends in the KMS root", async () => {
    const { body } = await call("GetKey", { path: "some/path", purpose: "p", algorithm: "ed25519" });
    const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), bytes(body["key"])]);
    const key = createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }));
    const publicKey = new Uint8Array(key.export({ format: "der", type: "spki" }).subarray(-32));
    expect(custody("p", publicKey, body["signature_chain"])).toBe(hex(machine.kms.rootPublicKey));
  });

  it("derives from the path alone, as dstack does", async () => {
    const key = async (fields: Record<string, unknown>) => (await call("GetKey", fields)).body["key"];
    const one = await key({ path: "a", purpose: "x" });
    expect(await key({ path: "a", purpose: "y", algorithm: "ed25519" })).toBe(one);
    expect(await key({ path: "a", algorithm: "k256" })).toBe(one);
    expect(await key({ path: "b", purpose: "x" })).not.toBe(one);
    expect(await key({ path: "long/".repeat(1000) })).not.toBe(one);
  });

  it("refuses an algorithm nobody knows", async () => {
    expect(await call("GetKey", { algorithm: "rsa" })).toMatchObject({
      status: 400,
      body: { error: "algorithm: unsupported" },
    });
  });
});

describe("GetTlsKey", () => {
  it("gives a fresh key each time, with a certificate under the KMS CA", async () => {
    const fields = {
      subject: "example",
      alt_names: ["example.com", "127.0.0.1"],
      usage_server_auth: true,
      usage_client_auth: true,
      not_before: 1_700_000_000,
      not_after: 1_900_000_000,
    };
    const { body } = await call("GetTlsKey", fields);
    const chain = (body["certificate_chain"] as string[]).map((pem) => new X509Certificate(pem));
    const [leaf] = chain;
    expect(chain.map(({ raw }) => hex(raw))[1]).toBe(hex(machine.kms.authority.certificate));
    await verifyChain(
      chain.map(({ raw }) => parseCertificate(new Uint8Array(raw))),
      { now: 1_800_000_000, roots: [machine.kms.authority.certificate] },
    );
    expect(leaf?.checkPrivateKey(createPrivateKey(String(body["key"])))).toBe(true);
    expect(leaf?.subject).toBe("CN=example\nO=SIMULATED TEE - DEVELOPMENT ONLY");
    expect(leaf?.subjectAltName).toBe("DNS:example.com, IP Address:127.0.0.1");
    expect(leaf?.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    expect(leaf?.validFromDate.getTime()).toBe(1_700_000_000_000);
    expect(leaf?.validToDate.getTime()).toBe(1_900_000_000_000);
    expect((await call("GetTlsKey", fields)).body["key"]).not.toBe(body["key"]);
  });

  it("puts a quote over the key into the certificate on request", async () => {
    const leafOf = async (fields: Record<string, unknown>) => {
      const { body } = await call("GetTlsKey", fields);
      return parseCertificate(
        new Uint8Array(new X509Certificate((body["certificate_chain"] as string[])[0] ?? "").raw),
      );
    };
    const leaf = await leafOf({ usage_ra_tls: true });
    // One OCTET STRING inside the extension's own; both lengths here take two bytes.
    const value = leaf.extensions.get("1.3.6.1.4.1.62397.1.1")?.value ?? new Uint8Array(0);
    expect([...value.subarray(0, 2)]).toEqual([0x04, 0x82]);
    const statement = Buffer.concat([Buffer.from("ratls-cert:"), leaf.publicKey.encoded]);
    expect(reportDataOf(hex(value.subarray(4)))).toBe(hash("sha512", statement));
    const log = leaf.extensions.get("1.3.6.1.4.1.62397.1.2")?.value ?? new Uint8Array(0);
    expect(Buffer.from(log.subarray(4)).toString()).toBe(agent.boot.eventLog);
    expect((await leafOf({})).extensions.has("1.3.6.1.4.1.62397.1.1")).toBe(false);
  });

  it.each<[string, Record<string, unknown>]>([
    ["a subject that is too long", { subject: "x".repeat(65) }],
    ["an alternative name that is none", { alt_names: ["not a name"] }],
    ["a list that is none", { alt_names: "example.com" }],
    ["too many names", { alt_names: Array.from({ length: 65 }, (_, index) => `n${index}.example`) }],
    ["a flag that is none", { usage_ra_tls: "true" }],
    ["an end before the beginning", { not_before: 20, not_after: 10 }],
    ["an end beyond all dates", { not_after: Number.MAX_SAFE_INTEGER }],
    ["a fraction", { not_after: 1.5 }],
    ["app info", { with_app_info: true }],
  ])("refuses %s", async (_, fields) => {
    expect(await call("GetTlsKey", fields)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
  });
});

describe("Sign and Verify", () => {
  const data = "00ff".repeat(20);
  const digest = hash("sha256", bytes(data));

  it.each([
    ["ed25519", data, 32],
    ["secp256k1", data, 33],
    ["secp256k1_prehashed", digest, 33],
  ])("agree on %s", async (algorithm, message, keyLength) => {
    const { body } = await call("Sign", { algorithm, data: message });
    const [first, ...rest] = body["signature_chain"] as string[];
    expect(bytes(body["signature"])).toHaveLength(64);
    expect(bytes(body["public_key"])).toHaveLength(keyLength);
    expect(first).toBe(body["signature"]);
    const key = algorithm === "ed25519" ? "ed25519" : "secp256k1";
    const custody = await call("GetKey", { path: "vms", purpose: "signing", algorithm: key });
    expect(rest).toEqual(custody.body["signature_chain"]);

    const { signature, public_key } = body;
    const asked = { algorithm, data: message, signature, public_key };
    expect((await call("Verify", asked)).body).toEqual({ valid: true });
    expect((await call("Verify", { ...asked, data: digest.replace(/^./, "f") })).body).toEqual({ valid: false });
    expect((await call("Verify", { ...asked, signature: "00" })).body).toEqual({ valid: false });
    expect((await call("Verify", { ...asked, public_key: "" })).body).toEqual({ valid: false });
  });

  it("hash with SHA-256, as OpenSSL confirms", async () => {
    const { body } = await call("Sign", { algorithm: "k256", data });
    const point = secp256k1.Point.fromHex(String(body["public_key"])).toBytes(false);
    const coordinate = (from: number) => Buffer.from(point.subarray(from, from + 32)).toString("base64url");
    const key = createPublicKey({
      key: { kty: "EC", crv: "secp256k1", x: coordinate(1), y: coordinate(33) },
      format: "jwk",
    });
    expect(verify("sha256", bytes(data), { key, dsaEncoding: "ieee-p1363" }, bytes(body["signature"]))).toBe(true);
  });

  it.each([
    ["Sign", { algorithm: "rsa" }],
    ["Sign", {}],
    ["Sign", { algorithm: "secp256k1_prehashed", data: "00" }],
    ["Verify", { algorithm: "secp256k1_prehashed", data: "00", signature: "00", public_key: "00" }],
    ["Verify", { algorithm: "" }],
  ])("refuse: %s %j", async (method, fields) => {
    expect((await call(method, fields)).status).toBe(400);
  });
});

describe("Info", () => {
  it("says what the quote and the log say, and that it is simulated", async () => {
    const { body } = await call("Info");
    const { boot } = agent;
    const { quote } = (await call("GetQuote")).body;
    const tcb = JSON.parse(String(body["tcb_info"])) as Record<string, unknown>;
    const mr = (offset: number) => bytes(quote).subarray(BODY + offset, BODY + offset + 48);
    const aggregated = hash(
      "sha256",
      Buffer.concat([136, 328, 376, 424, 472, 184, 232, 280].map((offset) => mr(offset))),
    );
    expect(body).toMatchObject({
      app_id: hex(boot.compose.appId),
      instance_id: hex(boot.instanceId),
      app_name: "countersign-simulated",
      compose_hash: hash("sha256", boot.compose.text),
      os_image_hash: hex(boot.osImageHash),
      mr_aggregated: aggregated,
      key_provider_info: boot.keyProvider,
      cloud_vendor: "SIMULATED TEE - DEVELOPMENT ONLY",
      device_id: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(tcb).toMatchObject({
      mrtd: hash("sha384", "countersign.simulated.mrtd.v1"),
      rtmr0: hash("sha384", "countersign.simulated.rtmr0.v1"),
      rtmr1: hash("sha384", "countersign.simulated.rtmr1.v1"),
      rtmr2: hash("sha384", "countersign.simulated.rtmr2.v1"),
      rtmr3: hex(boot.rtmr3),
      mr_aggregated: aggregated,
      app_compose: boot.compose.text,
      event_log: JSON.parse(boot.eventLog),
    });
    expect(new X509Certificate(String(body["app_cert"])).subject).toContain("demo-cert");
  });

  it("counts bytes where the compose document has text beyond ASCII", async () => {
    const other = await machine.start({ compose: NON_ASCII_APP_COMPOSE });
    const { headers, text, body } = await callAgent(other.socketPath, "/Info");
    expect(Number(headers["content-length"])).toBe(Buffer.byteLength(text));
    expect(Buffer.byteLength(text)).toBeGreaterThan(text.length);
    expect(body["app_name"]).toBe("countersign-simulé");
  });
});

describe("the other methods", () => {
  it("Version is that of dstack 0.6", async () => {
    expect((await call("Version")).body).toEqual({ version: "0.6.0", rev: "simulated" });
  });

  it("GpuInfo is empty: no GPU was appraised at boot", async () => {
    expect((await call("GpuInfo")).body).toEqual({ attestation: "" });
  });

  it("Attest is refused", async () => {
    expect(await call("Attest", { report_data: "" })).toMatchObject({
      status: 400,
      body: { error: expect.any(String) },
    });
  });

  it("EmitEvent and anything else is unknown", async () => {
    for (const path of ["EmitEvent", "nothing", "", "GetQuote/"]) {
      expect(await call(path)).toMatchObject({ status: 404, body: { error: "no such method" } });
    }
  });
});

describe("the quote methods of dstack 0.3", () => {
  const tappd = (method: string, fields: Record<string, unknown>) =>
    callMethod(agent.socketPath, `/prpc/Tappd.${method}`, fields);

  it("hash what they are given, with SHA-512 by default", async () => {
    const { body } = await tappd("TdxQuote", { report_data: "0102" });
    expect(reportDataOf(body["quote"])).toBe(hash("sha512", Buffer.from("app-data:\x01\x02", "latin1")));
    expect(body).toMatchObject({ hash_algorithm: "sha512", prefix: "app-data", event_log: agent.boot.eventLog });
  });

  it.each(["sha256", "sha384", "sha3-256", "sha3-384", "sha3-512"])("hash with %s", async (hash_algorithm) => {
    const { body } = await tappd("TdxQuote", { report_data: "0102", hash_algorithm, prefix: "mine" });
    const digest = hash(hash_algorithm, Buffer.from("mine:\x01\x02", "latin1"));
    expect(reportDataOf(body["quote"])).toBe(digest.padEnd(128, "0"));
  });

  it.skipIf(binding === undefined)("hash with keccak, which is not SHA-3", async () => {
    // The one known digest of a text with a colon: what stands before it is the prefix.
    const [prefix = "", ...rest] = (binding?.message ?? "").split(":");
    const report_data = hex(Buffer.from(rest.join(":")));
    const { body } = await tappd("TdxQuote", { report_data, hash_algorithm: "keccak256", prefix });
    expect(reportDataOf(body["quote"])).toBe(binding?.report_data);
  });

  it.each(["TdxQuote", "RawQuote"])("pass 64 raw bytes through: %s", async (method) => {
    const report_data = "5a".repeat(64);
    const { body } = await tappd(method, { report_data, hash_algorithm: "raw" });
    expect(reportDataOf(body["quote"])).toBe(report_data);
    expect(body).toMatchObject({ hash_algorithm: "raw", prefix: "" });
  });

  it.each([
    { report_data: "00", hash_algorithm: "raw" },
    { report_data: "00", hash_algorithm: "md5" },
  ])("refuse %j", async (fields) => {
    expect((await tappd("TdxQuote", fields)).status).toBe(400);
  });
});
