import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseEvidenceList, verifyDevices } from "../../../clients/typescript/src/gpu/index.ts";
import { parseQuote, verifyQuote } from "../../../clients/typescript/src/quote/index.ts";
import { countedQuotes } from "../../support/counted-quotes.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { rest } from "../../support/rest-call.ts";
import { openTlsCaller } from "../../support/tls-caller.ts";

const counted = countedQuotes();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ engine: "http://127.0.0.1:1", tls: true, platform: counted.platform });
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Report {
  readonly [name: string]: unknown;
  readonly signing_address: string;
  readonly signing_public_key: string;
  readonly intel_quote: string;
  readonly nvidia_payload: string;
}

async function ask(query: string, url = gateway.url, path = "/v1/attestation/report") {
  const { status, body, headers } = await rest(url, { path: `${path}${query}`, authorization: null });
  return { status, headers, body: JSON.parse(body.toString("utf8")) as Report & { error?: Record<string, unknown> } };
}

async function reportOf(query: string): Promise<Report> {
  const { status, body } = await ask(query);
  expect(status).toBe(200);
  return body;
}

const reportDataOf = (report: Report): string =>
  Buffer.from(parseQuote(new Uint8Array(Buffer.from(report.intel_quote, "hex"))).body.reportData).toString("hex");
const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const addressBytes = ({ signing_address }: Report): Buffer => Buffer.from(signing_address.replace(/^0x/, ""), "hex");

describe.each(["ecdsa", "ed25519"])("with signing_algo %s", (algorithm) => {
  test("every field is there, bound to the nonce and the signing key, and the quote verifies", async () => {
    const nonce = randomBytes(32).toString("hex");
    const report = await reportOf(`?signing_algo=${algorithm}&nonce=${nonce.toUpperCase()}`);
    expect(report).toMatchObject({
      model_name: "m",
      signing_algo: algorithm,
      request_nonce: nonce,
      quote: report.intel_quote,
      event_log: expect.any(Array),
      vm_config: expect.any(String),
      info: { app_id: expect.stringMatching(/^[0-9a-f]{40}$/), tcb_info: { app_compose: expect.any(String) } },
      simulated: true,
    });
    const { response } = gateway.keys;
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
    expect(report).toMatchObject(
      algorithm === "ecdsa"
        ? { signing_address: response.ecdsaAddress, signing_public_key: hex(response.ecdsaPublicKey.subarray(1)) }
        : { signing_address: hex(response.ed25519PublicKey), signing_public_key: hex(response.ed25519PublicKey) },
    );
    expect(report.signing_address).toMatch(algorithm === "ecdsa" ? /^0x[0-9a-f]{40}$/ : /^[0-9a-f]{64}$/);
    expect(report["tls_cert_fingerprint"]).toBeUndefined();
    const identifier = report.signing_address.replace(/^0x/, "");
    const expected = identifier.padEnd(64, "0") + nonce;
    expect(reportDataOf(report)).toBe(expected);
    const { all_attestations, model_attestations, ...flat } = report;
    expect(all_attestations).toEqual([flat]);
    expect(model_attestations).toEqual([flat]);

    const quote = new Uint8Array(Buffer.from(report.intel_quote, "hex"));
    const { checks, simulated } = await verifyQuote({
      quote,
      collateral: await gateway.platform.collateral?.collateral(quote),
      now: Date.now() / 1000,
      policy: gateway.policy,
      expectedReportData: new Uint8Array(Buffer.from(expected, "hex")),
    });
    expect(simulated).toBe(true);
    expect(checks.list.filter(({ outcome }) => outcome === "fail")).toEqual([]);
    expect(checks.passed("quote.report_data")).toBe(true);
  });

  test("include_tls_fingerprint binds to the key of the leaf that is presented", async () => {
    using caller = await openTlsCaller(gateway.tlsUrl ?? "");
    const nonce = randomBytes(32);
    const query = `?signing_algo=${algorithm}&nonce=${nonce.toString("hex")}&include_tls_fingerprint=true`;
    const { status, body } = await caller.ask({ path: `/v1/attestation/report${query}` });
    expect(status).toBe(200);
    const report = JSON.parse(body.toString("utf8")) as Report;
    const fingerprint = sha256(caller.spki);
    expect(report["tls_cert_fingerprint"]).toBe(fingerprint.toString("hex"));
    const first = sha256(addressBytes(report), fingerprint);
    expect(reportDataOf(report)).toBe(Buffer.concat([first, nonce]).toString("hex"));
  });
});

test("nvidia_payload is a text whose nonce is the request's, and its devices verify for it", async () => {
  const nonce = randomBytes(32);
  const { nvidia_payload } = await reportOf(`?nonce=${nonce.toString("hex")}`);
  expect(nvidia_payload).toBeTypeOf("string");
  const payload = JSON.parse(nvidia_payload) as { nonce: string; arch: string; evidence_list: unknown[] };
  expect(Object.keys(payload)).toEqual(["arch", "evidence_list", "nonce"]);
  expect(payload.nonce).toBe(nonce.toString("hex"));
  expect(payload.arch).toBe("HOPPER");
  const { devices } = parseEvidenceList(nvidia_payload);
  expect(devices).toHaveLength(1);
  const now = Date.now() / 1000;
  const { checks } = await verifyDevices({ devices, nonce: new Uint8Array(nonce), now, policy: gateway.policy });
  expect(checks.passed("gpu.nonce")).toBe(true);
  expect(checks.passed("gpu.signature")).toBe(true);
});

test("without a nonce: one cached report per algorithm and binding, each with a nonce of the gateway's own", async () => {
  const variants = ["", "?signing_algo=ed25519", "?include_tls_fingerprint=true"];
  const first = await Promise.all(variants.map(reportOf));
  const before = counted.made.length;
  expect(await Promise.all(variants.map(reportOf))).toEqual(first);
  expect(counted.made.length).toBe(before);
  expect(new Set(first.map((report) => report["request_nonce"])).size).toBe(variants.length);
  expect(await reportOf("?signing_algo=ecdsa&include_tls_fingerprint=false")).toEqual(first[0]);
});

test("/v1/attestation is the same door, with and without a query", async () => {
  const nonce = randomBytes(32).toString("hex");
  const { status, body } = await ask(`?nonce=${nonce}`, gateway.url, "/v1/attestation");
  expect(status).toBe(200);
  expect(body["request_nonce"]).toBe(nonce);
  expect((await ask("", gateway.url, "/v1/attestation")).body).toEqual(await reportOf(""));
});

describe("parameters", () => {
  const good = "00".repeat(32);

  test.each([
    ["signing_algo=rsa", 400, "signing_algo", "Invalid signing algorithm. Must be 'ed25519' or 'ecdsa'"],
    ["signing_algo=", 400, "signing_algo", "Invalid signing algorithm"],
    ["signing_address=0x00", 404, "signing_address", "Signing address not found on this server"],
    ["nonce=xyz", 400, "nonce", "Nonce must be hex-encoded"],
    [`nonce=0x${good}`, 400, "nonce", "Nonce must be hex-encoded"],
    ["nonce=", 400, "nonce", "Nonce must be 32 bytes"],
    [`nonce=${good}00`, 400, "nonce", "Nonce must be 32 bytes"],
    [`nonce=${good.slice(1)}`, 400, "nonce", "Nonce must be 32 bytes"],
    ["include_tls_fingerprint=1", 400, "include_tls_fingerprint", "must be 'true' or 'false'"],
    ["include_tls_fingerprint=TRUE", 400, "include_tls_fingerprint", "must be 'true' or 'false'"],
    // Of several faults the first in the documented order is named.
    ["nonce=x&signing_address=0x00&signing_algo=rsa&include_tls_fingerprint=x", 400, "signing_algo", "algorithm"],
    ["nonce=x&signing_address=0x00&include_tls_fingerprint=x", 404, "signing_address", "not found"],
    ["include_tls_fingerprint=x&nonce=x", 400, "nonce", "hex"],
  ])("%s gives %d about %s", async (query, status, param, message) => {
    const before = counted.made.length;
    const answer = await ask(`?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatchObject({ param, message: expect.stringContaining(message) });
    expect(counted.made.length).toBe(before);
  });

  test("signing_address is compared without case and belongs to its algorithm; others are ignored", async () => {
    const address = gateway.keys.response.ecdsaAddress;
    expect((await ask(`?signing_address=${address.toUpperCase()}&whatever=1`)).status).toBe(200);
    expect((await ask(`?signing_address=${address}&signing_algo=ed25519`)).status).toBe(404);
  });
});

test("without TLS a bound report is an error, and an unbound one is what was asked for", async () => {
  await using other = await startTestGateway({ engine: "http://127.0.0.1:1", platform: counted.platform });
  const before = counted.made.length;
  const { status, body } = await ask("?include_tls_fingerprint=true", other.url);
  expect(status).toBe(400);
  expect(body.error).toMatchObject({ code: "tls_required", param: "include_tls_fingerprint" });
  expect(body["intel_quote"]).toBeUndefined();
  expect(counted.made.length).toBe(before);
  expect((await ask("?include_tls_fingerprint=false", other.url)).status).toBe(200);
});
