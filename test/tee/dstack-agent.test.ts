import { execFileSync } from "node:child_process";
import { createPublicKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dstackQuoteSource } from "../../src/tee/index.ts";
import { hex, REPORT_DATA, unsignedQuote } from "./quote-fixture.ts";
import { type AgentScript, agentAt, agentSocket, json, temporaryFolder } from "./scripted-agent.ts";

const QUOTE = unsignedQuote(REPORT_DATA);
const EVENT_LOG = '[ {"imr":3,"digest":"","event":"ünï"} ]';
const ANSWER = { quote: hex(QUOTE), event_log: EVENT_LOG, report_data: hex(REPORT_DATA), vm_config: '{"a": 1}' };

const answering =
  (answer: unknown): AgentScript =>
  (_request, response) =>
    json(response, answer);

async function agentThatSays(answer: unknown) {
  return agentAt((await agentSocket(answering(answer))).path);
}

/** Resolves to the TeeError's code, or "answered". */
const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "answered",
    (error: { code?: string }) => error.code ?? "another error",
  );

describe("a quote", () => {
  it("is asked for with all 64 bytes and comes with the exact texts", async () => {
    const agent = await agentSocket(answering(ANSWER));
    const source = dstackQuoteSource(agentAt(agent.path));
    expect(source).toMatchObject({ kind: "dstack", simulated: false, endpoint: agent.path });
    const { quote, eventLog, vmConfig } = await source.quote(REPORT_DATA);
    expect(hex(quote)).toBe(hex(QUOTE));
    // A log with an empty digest and text outside ASCII arrives as it was sent.
    expect(eventLog).toBe(EVENT_LOG);
    expect(vmConfig).toBe('{"a": 1}');
    expect(agent.requests.map(({ url, body }) => [url, JSON.parse(body.toString())])).toEqual([
      ["/GetQuote", { report_data: hex(REPORT_DATA) }],
    ]);
  });

  it("may be written with 0x and in upper case, and without what old agents leave out", async () => {
    const agent = await agentThatSays({ quote: `0x${hex(QUOTE).toUpperCase()}`, event_log: "[]" });
    expect(await agent.getQuote(REPORT_DATA)).toEqual({ quote: QUOTE, eventLog: "[]", vmConfig: undefined });
  });

  it("is never asked for with another number of bytes", async () => {
    const agent = await agentThatSays(ANSWER);
    for (const length of [0, 32, 63, 65])
      await expect(agent.getQuote(new Uint8Array(length))).rejects.toThrow(TypeError);
  });

  it.each([0, 31, 32, 63])("for other bytes is refused: byte %i differs", async (index) => {
    const other = REPORT_DATA.slice();
    other[index] = (other[index] ?? 0) ^ 1;
    const agent = await agentThatSays({ ...ANSWER, quote: hex(unsignedQuote(other)) });
    expect(await outcome(agent.getQuote(REPORT_DATA))).toBe("tee.mismatch");
  });

  it("for other bytes is refused in version 5, too", async () => {
    const other = REPORT_DATA.with(63, 0);
    const agent = await agentThatSays({ ...ANSWER, quote: hex(unsignedQuote(other, "v5 TD 1.5")) });
    expect(await outcome(agent.getQuote(REPORT_DATA))).toBe("tee.mismatch");
  });

  it("is compared with the bytes of the request, whatever the caller does to them meanwhile", async () => {
    const wanted = REPORT_DATA.slice();
    const agent = await agentSocket((_request, response) => {
      wanted.fill(0);
      json(response, ANSWER);
    });
    expect(hex((await agentAt(agent.path).getQuote(wanted)).quote)).toBe(hex(QUOTE));
  });

  it.each([
    ["says it is for other bytes", { ...ANSWER, report_data: hex(REPORT_DATA.with(63, 0)) }, "tee.mismatch"],
    ["repeats too few bytes", { ...ANSWER, report_data: "00" }, "tee.malformed"],
    ["is cut", { ...ANSWER, quote: hex(QUOTE.subarray(0, 600)) }, "tee.malformed"],
    ["is not hex", { ...ANSWER, quote: `zz${hex(QUOTE)}` }, "tee.malformed"],
    ["has half a byte", { ...ANSWER, quote: hex(QUOTE).slice(1) }, "tee.malformed"],
    ["is larger than any", { ...ANSWER, quote: hex(new Uint8Array(16 * 1024 + 1)) }, "tee.malformed"],
    ["is bytes in a list", { ...ANSWER, quote: [...QUOTE] }, "tee.malformed"],
    ["has no event log", { ...ANSWER, event_log: undefined }, "tee.malformed"],
    ["has its event log as a list", { ...ANSWER, event_log: [] }, "tee.malformed"],
    ["is left empty by a guest that is not TDX", { ...ANSWER, quote: "", attestation: "00" }, "tee.unsupported"],
    ["is missing", { event_log: "[]" }, "tee.unsupported"],
  ])("that %s is refused", async (_name, answer, code) => {
    expect(await outcome((await agentThatSays(answer)).getQuote(REPORT_DATA))).toBe(code);
  });

  it("is made one at a time, and few may wait", async () => {
    let open = 0;
    let most = 0;
    const agent = await agentSocket((_request, response) => {
      open++;
      most = Math.max(most, open);
      setImmediate(() => {
        open--;
        json(response, ANSWER);
      });
    });
    const client = agentAt(agent.path, { quoteQueue: 2 });
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcome(client.getQuote(REPORT_DATA))));
    expect(outcomes.sort()).toEqual(["answered", "answered", "answered", "tee.refused", "tee.refused"]);
    expect(most).toBe(1);
  });

  it("times out while it waits as well as while it is made", async () => {
    const agent = await agentSocket(() => undefined);
    const client = agentAt(agent.path, { quoteTimeoutMs: 60 });
    const calls = [client.getQuote(REPORT_DATA), client.getQuote(REPORT_DATA)];
    expect(await Promise.all(calls.map(outcome))).toEqual(["tee.timeout", "tee.timeout"]);
    expect(agent.requests).toHaveLength(1);
  });
});

describe("an agent of dstack 0.3", () => {
  it("is asked for quotes under its own name, raw, and for nothing else", async () => {
    const answer = { quote: hex(QUOTE), event_log: "[]", hash_algorithm: "raw", prefix: "" };
    const tappd = await agentSocket(answering(answer), join(temporaryFolder(), "tappd.sock"));
    const client = agentAt(tappd.path);
    expect(hex((await client.getQuote(REPORT_DATA)).quote)).toBe(hex(QUOTE));
    const others = [
      client.getKey("a", "b", "secp256k1"),
      client.getTlsKey({}),
      client.info(),
      client.version(),
      client.gpuInfo(),
      client.sign("ed25519", QUOTE),
    ];
    for (const call of others) expect(await outcome(call)).toBe("tee.unsupported");
    expect(tappd.requests.map(({ url, body }) => [url, JSON.parse(body.toString())])).toEqual([
      ["/prpc/Tappd.TdxQuote", { report_data: hex(REPORT_DATA), hash_algorithm: "raw" }],
    ]);
  });
});

const SIGNATURE = "ab".repeat(65);

describe("a key", () => {
  it("comes with two signatures, the second empty without a KMS", async () => {
    const agent = await agentThatSays({ key: "11".repeat(32), signature_chain: [SIGNATURE, ""] });
    expect(await agent.getKey("p", "q", "ed25519")).toEqual({
      key: new Uint8Array(32).fill(0x11),
      signatureChain: [new Uint8Array(65).fill(0xab), new Uint8Array()],
    });
  });

  it.each([
    ["31 bytes", "11".repeat(31), [SIGNATURE, SIGNATURE]],
    ["a PEM text", "-----BEGIN", [SIGNATURE, SIGNATURE]],
    ["one signature", "11".repeat(32), [SIGNATURE]],
    ["three signatures", "11".repeat(32), [SIGNATURE, SIGNATURE, SIGNATURE]],
    ["no list of signatures", "11".repeat(32), SIGNATURE],
    ["64 bytes of signature", "11".repeat(32), [SIGNATURE.slice(2), SIGNATURE]],
    ["no first signature", "11".repeat(32), ["", SIGNATURE]],
    ["64 bytes of KMS signature", "11".repeat(32), [SIGNATURE, SIGNATURE.slice(2)]],
    ["66 bytes of KMS signature", "11".repeat(32), [SIGNATURE, `${SIGNATURE}00`]],
  ])("with %s is refused, and its text is not in the error", async (_name, key, signature_chain) => {
    const agent = await agentThatSays({ key, signature_chain });
    const failure = await agent.getKey("p", "q", "secp256k1").catch((error: Error) => error);
    expect(failure).toMatchObject({ code: "tee.malformed" });
    expect(String(failure)).not.toContain("1111");
    expect(String(failure)).not.toContain("abab");
  });
});

describe("a signature", () => {
  const signature = "cd".repeat(64);

  it("is asked for in hex and starts its chain", async () => {
    const agent = await agentSocket(
      answering({ signature, signature_chain: [signature, SIGNATURE, SIGNATURE], public_key: "02".repeat(33) }),
    );
    const signed = await agentAt(agent.path).sign("secp256k1", Uint8Array.of(1, 2));
    expect(signed.signatureChain.map(({ length }) => length)).toEqual([64, 65, 65]);
    expect(JSON.parse(agent.requests[0]?.body.toString() ?? "")).toEqual({ algorithm: "secp256k1", data: "0102" });
  });

  it.each([
    ["another first element", [SIGNATURE, SIGNATURE, SIGNATURE], "02".repeat(33)],
    ["two elements", [signature, SIGNATURE], "02".repeat(33)],
    ["a public key of another algorithm", [signature, SIGNATURE, SIGNATURE], "02".repeat(32)],
  ])("with %s is refused", async (_name, signature_chain, public_key) => {
    const agent = await agentThatSays({ signature, signature_chain, public_key });
    expect(await outcome(agent.sign("secp256k1", new Uint8Array(1)))).toBe("tee.malformed");
  });
});

describe("what the agent says of the guest", () => {
  const answer = {
    app_id: "aa".repeat(20),
    instance_id: "",
    app_name: "приложение",
    tcb_info: '{"app_compose":"# ünï\\n"}',
    compose_hash: "bb".repeat(32),
    key_provider_info: '{"name":"kms","id":"00"}',
    future_field: { any: "thing" },
  };

  it("keeps texts outside ASCII exactly, and knows what is not there", async () => {
    expect(await (await agentThatSays(answer)).info()).toEqual({
      appId: new Uint8Array(20).fill(0xaa),
      instanceId: undefined,
      appName: "приложение",
      composeHash: new Uint8Array(32).fill(0xbb),
      osImageHash: undefined,
      deviceId: undefined,
      mrAggregated: undefined,
      keyProvider: answer.key_provider_info,
      tcbInfo: answer.tcb_info,
      vmConfig: undefined,
      appCertificate: undefined,
      cloudVendor: undefined,
      cloudProduct: undefined,
    });
  });

  it.each([
    ["no application id", { app_id: "" }],
    ["an application id of 32 bytes", { app_id: "aa".repeat(32) }],
    ["tcb_info as an object", { tcb_info: {} }],
    ["a compose hash of 31 bytes", { compose_hash: "bb".repeat(31) }],
    ["a name that is a number", { app_name: 1 }],
  ])("is refused with %s", async (_name, change) => {
    expect(await outcome((await agentThatSays({ ...answer, ...change })).info())).toBe("tee.malformed");
  });

  it("has the GPU attestation's exact text, or none", async () => {
    const text = '{"ok":true}\n';
    expect(await (await agentThatSays({ attestation: text })).gpuInfo()).toBe(text);
    expect(await (await agentThatSays({ attestation: "" })).gpuInfo()).toBeUndefined();
    expect(await (await agentThatSays({})).gpuInfo()).toBeUndefined();
    expect(await outcome((await agentThatSays({ attestation: {} })).gpuInfo())).toBe("tee.malformed");
  });
});

/** A throw-away P-256 key with a certificate for it, and another key, made by OpenSSL. PEM. */
function opensslKeys(): { readonly certificate: string; readonly key: string; readonly otherKey: string } {
  const openssl = (...args: readonly string[]): string =>
    execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] }).toString();
  const newKey = (): string => openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256");
  const folder = mkdtempSync(join(tmpdir(), "tee-"));
  try {
    const [keyFile, configFile] = [join(folder, "key.pem"), join(folder, "openssl.cnf")];
    const key = newKey();
    writeFileSync(keyFile, key);
    const config = "[req]\ndistinguished_name=name\nx509_extensions=leaf\n[name]\n[leaf]\nbasicConstraints=CA:false\n";
    writeFileSync(configFile, config);
    const subject = ["-subj", "/CN=test", "-days", "1"];
    const certificate = openssl("req", "-x509", "-new", "-key", keyFile, "-config", configFile, ...subject);
    return { certificate, key, otherKey: newKey() };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { certificate, key, otherKey } = opensslKeys();

describe("a TLS key", () => {
  it("comes with its certificates", async () => {
    const agent = await agentSocket(answering({ key, certificate_chain: [certificate, certificate] }));
    const made = await agentAt(agent.path).getTlsKey({ subject: "gateway", altNames: ["a.example"], notAfter: 7 });
    expect(made.certificates).toHaveLength(2);
    expect(hex(made.certificates[0] ?? new Uint8Array())).toBe(hex(new X509Certificate(certificate).raw));
    expect(createPublicKey(made.privateKey).equals(createPublicKey(certificate))).toBe(true);
    expect(JSON.parse(agent.requests[0]?.body.toString() ?? "")).toEqual({
      subject: "gateway",
      alt_names: ["a.example"],
      usage_ra_tls: false,
      usage_server_auth: true,
      usage_client_auth: false,
      with_app_info: false,
      not_after: 7,
    });
  });

  it.each([
    ["whose certificate is for another key", { key: otherKey, certificate_chain: [certificate] }, "tee.mismatch"],
    ["that is none", { key: "secret words", certificate_chain: [certificate] }, "tee.malformed"],
    ["without certificates", { key, certificate_chain: [] }, "tee.malformed"],
    ["with text between certificates", { key, certificate_chain: [`x${certificate}`] }, "tee.malformed"],
    ["with nine certificates", { key, certificate_chain: Array(9).fill(certificate) }, "tee.malformed"],
  ])("%s is refused", async (_name, answer, code) => {
    const failure = await (await agentThatSays(answer)).getTlsKey({}).catch((error: Error) => error);
    expect(failure).toMatchObject({ code });
    expect(String(failure)).not.toContain("secret words");
  });
});
