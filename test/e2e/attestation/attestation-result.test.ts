import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "../../../clients/typescript/src/policy/index.ts";
import { verifyQuote } from "../../../clients/typescript/src/quote/index.ts";
import { countedQuotes } from "../../support/counted-quotes.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { type RestAnswer, rest } from "../../support/rest-call.ts";
import { openTlsCaller } from "../../support/tls-caller.ts";

const counted = countedQuotes();
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ engine: "http://127.0.0.1:1", tls: true, platform: counted.platform });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const anonymous = (path: string, url = gateway.url): Promise<RestAnswer> => rest(url, { path, authorization: null });
const attest = (query = "", id = "m"): Promise<RestAnswer> => anonymous(`/api/v1/apps/${id}/attest${query}`);

interface Result {
  readonly [name: string]: unknown;
  readonly pem: string;
  readonly quote: Readonly<Record<string, unknown>> & { readonly raw_base64: string; readonly hctx: string | null };
  readonly step_results: readonly { readonly name: string; readonly result: string; readonly evidence: string }[];
}

async function resultOf(query: string, id?: string): Promise<Result> {
  const answer = await attest(query, id);
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toBe("application/json");
  return JSON.parse(answer.body.toString("utf8")) as Result;
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const spkiOf = (pem: string): Buffer =>
  new X509Certificate(pem).publicKey.export({ format: "der", type: "spki" }) as Buffer;

test("without a challenge: the leaf callers are presented, and what its quote proves", async () => {
  using caller = await openTlsCaller(gateway.tlsUrl ?? "");
  const result = await resultOf("");
  expect(new X509Certificate(result.pem).raw).toEqual(caller.leaf.raw);
  expect(result).toMatchObject({
    model: "m",
    app_id: gateway.platform.info?.["app_id"],
    result: "accepted",
    simulated: true,
    policy: gateway.policy.name,
    challenge_mode: false,
    challenge: null,
    bound_connection: { owner: "gateway", path: "loopback", is_callers: false, is_bound: false },
    certificate: {
      serial_number: caller.leaf.serialNumber.toLowerCase(),
      signature_algorithm: "ecdsa-with-SHA256",
      public_key_sha256: sha256(caller.spki).toString("hex"),
    },
    tls: { version: "TLSv1.3", cipher_suite: expect.stringMatching(/^TLS_/) },
    quote: {
      type: "tdx",
      attestation: "deterministic",
      is_mock: true,
      deterministic_verified: true,
      challenge_verified: false,
      context: null,
      hctx: null,
    },
    gpu_attestation: null,
  });
  // Section 3.1's formula, by hand: the SPKI's hash, then the minute of notBefore.
  const minute = `${caller.leaf.validFromDate.toISOString().slice(0, 16)}Z`;
  const expected = createHash("sha512").update(sha256(caller.spki)).update(minute).digest("hex");
  expect(result.quote).toMatchObject({ quote_time: minute, report_data: expected, report_data_verified: true });
  const extension = (result["extensions"] as { oid: string; value_hex: string }[]).find(
    ({ oid }) => oid === "1.2.840.113741.1.5.5.1.6",
  );
  expect(extension?.value_hex).toBe(Buffer.from(result.quote.raw_base64, "base64").toString("hex"));
  const { certificate_seconds, quote_seconds, collateral_seconds } = result["ages"] as Record<string, number>;
  for (const seconds of [certificate_seconds, quote_seconds, collateral_seconds]) {
    expect(seconds).toBeGreaterThanOrEqual(0);
    expect(seconds).toBeLessThan(2 * 3600);
  }
  for (const name of ["tls.certificate", "tls.report_data", "quote.signature", "quote.tcb", "simulation"]) {
    expect(result.step_results).toContainEqual(
      expect.objectContaining({ evidence: "leaf", name, result: "pass", reason: expect.any(String) }),
    );
  }
  expect(result.step_results).toContainEqual(expect.objectContaining({ name: "app.id", result: "skipped" }));
});

test("without a challenge it is cached and costs no quote", async () => {
  const before = counted.made.length;
  const [first, second] = [await resultOf(""), await resultOf("")];
  expect(second).toEqual(first);
  expect(counted.made.length).toBe(before);
});

test("a challenge is bound to the gateway's own connection, and everybody can recompute how", async () => {
  const challenge = randomBytes(32);
  const before = counted.made.length;
  const result = await resultOf(`?challenge=${challenge.toString("hex").toUpperCase()}`);
  expect(counted.made.length).toBe(before + 1);
  expect(result).toMatchObject({
    result: "accepted",
    challenge_mode: true,
    challenge: challenge.toString("hex"),
    bound_connection: { owner: "gateway", path: "loopback", is_callers: false, is_bound: true },
    quote: { attestation: "challenge", challenge_verified: true, report_data_verified: true },
  });
  const hctx = Buffer.from(result.quote.hctx ?? "", "hex");
  expect(hctx).toHaveLength(32);
  const expectedReportData = createHash("sha512")
    .update(sha256(spkiOf(result.pem)))
    .update(challenge)
    .update(hctx)
    .digest();
  expect(result.quote["report_data"]).toBe(expectedReportData.toString("hex"));
  const quote = new Uint8Array(Buffer.from(result.quote.raw_base64, "base64"));
  const collateral = await gateway.platform.collateral?.collateral(quote);
  const { checks } = await verifyQuote({
    quote,
    collateral,
    now: Date.now() / 1000,
    policy: gateway.policy,
    expectedReportData: new Uint8Array(expectedReportData),
  });
  expect(checks.list.filter(({ outcome }) => outcome === "fail")).toEqual([]);
  expect(checks.passed("quote.report_data")).toBe(true);
  expect(result.step_results).toContainEqual(
    expect.objectContaining({ evidence: "challenge", name: "tls.channel", result: "pass" }),
  );
});

test("two results for one challenge are two connections, and one when asked at once", async () => {
  const query = `?challenge=${randomBytes(32).toString("hex")}`;
  const before = counted.made.length;
  const together = await Promise.all(Array.from({ length: 8 }, () => resultOf(query)));
  expect(counted.made.length).toBe(before + 1);
  expect(new Set(together.map(({ quote }) => quote.hctx)).size).toBe(1);
  expect((await resultOf(query)).quote.hctx).not.toBe(together[0]?.quote.hctx);
});

describe("the application's id", () => {
  test("is the model's name or the platform's app id in either case", async () => {
    const appId = String(gateway.platform.info?.["app_id"]);
    expect(await resultOf("", appId.toUpperCase())).toMatchObject({ app_id: appId });
  });

  test.each(["other", "M", "m%2F..", "", "..%2Fm"])("%j is not known", async (id) => {
    const { status, body } = await attest("?challenge=x", id);
    expect(status).toBe(404);
    expect(JSON.parse(body.toString("utf8"))).toMatchObject({ error: { code: "not_found" } });
  });

  test.each(["/api/v1/apps/m", "/api/v1/apps/m/", "/api/v1/apps/m/attest/", "/api/v1/apps/m/other"])(
    "%s is not a path",
    async (path) => {
      expect((await anonymous(path)).status).toBe(404);
    },
  );
});

test.each(["", "00", "g".repeat(64), "0".repeat(63), "0".repeat(65), `0x${"0".repeat(64)}`, "0".repeat(128)])(
  "a challenge of %j is refused",
  async (challenge) => {
    const before = counted.made.length;
    const { status, body } = await attest(`?challenge=${challenge}`);
    expect(status).toBe(400);
    expect(JSON.parse(body.toString("utf8"))).toMatchObject({
      error: { code: "invalid_request", param: "challenge" },
    });
    expect(counted.made.length).toBe(before);
  },
);

test("without a TLS listener there is nothing to report on", async () => {
  await using other = await startTestGateway({ engine: "http://127.0.0.1:1" });
  const { status, body } = await anonymous("/api/v1/apps/m/attest", other.url);
  expect(status).toBe(400);
  expect(JSON.parse(body.toString("utf8"))).toMatchObject({ error: { code: "tls_required" } });
});

test("challenges are counted for the caller, once, and the limit is answered as such", async () => {
  const quotes = countedQuotes();
  const env = { COUNTERSIGN_ATTESTATION_QUOTES_PER_SECOND: "1", COUNTERSIGN_ATTESTATION_QUOTE_BURST: "4" };
  const started = { engine: "http://127.0.0.1:1", tls: true, env, platform: quotes.platform };
  await using limited = await startTestGateway(started);
  const before = quotes.made.length;
  const ask = () => anonymous(`/api/v1/apps/m/attest?challenge=${randomBytes(32).toString("hex")}`, limited.url);
  // One address has half of the burst: if the connection with itself were counted too, the first would be all.
  const answers = [await ask(), await ask()];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const statuses = (await Promise.all(Array.from({ length: 20 }, ask))).map(({ status }) => status);
  expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
  expect(statuses).toContain(429);
  expect(quotes.made.length - before).toBe(2 + statuses.filter((status) => status === 200).length);
});

test("a re-minted leaf is in the next result", async () => {
  await using own = await startTestGateway({ engine: "http://127.0.0.1:1", tls: true });
  const serial = async (): Promise<unknown> => {
    const { body } = await anonymous("/api/v1/apps/m/attest", own.url);
    return (JSON.parse(body.toString("utf8")) as { certificate: { serial_number: string } }).certificate.serial_number;
  };
  const before = await serial();
  await own.rotation?.remint("evidence changed");
  expect(await serial()).not.toBe(before);
});

test("a policy that does not hold is reported step by step, not hidden", async () => {
  await using strict = await startTestGateway({ engine: "http://127.0.0.1:1", tls: true, policy: DEFAULT_POLICY });
  const { body } = await anonymous(`/api/v1/apps/m/attest?challenge=${"ab".repeat(32)}`, strict.url);
  const result = JSON.parse(body.toString("utf8")) as Result;
  expect(result).toMatchObject({
    result: "rejected",
    simulated: true,
    policy: "default",
    bound_connection: { is_bound: false },
    quote: { challenge_verified: false, deterministic_verified: false },
  });
  for (const evidence of ["leaf", "challenge"]) {
    expect(result.step_results).toContainEqual(
      expect.objectContaining({ evidence, name: "simulation", result: "fail" }),
    );
  }
});
