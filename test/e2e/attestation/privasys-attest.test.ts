import { createHash, randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseQuote, verifyQuote } from "../../../clients/typescript/src/quote/index.ts";
import { TeeError } from "../../../src/tee/index.ts";
import { countedQuotes } from "../../support/counted-quotes.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { rest } from "../../support/rest-call.ts";
import { openTlsCaller, type TlsCaller } from "../../support/tls-caller.ts";

const PATH = "/__privasys/attest";
const LABEL = "EXPORTER-privasys-ratls-attest-v2";
const CLIENT_LABEL = "EXPORTER-privasys-ratls-attest-v2-client";
const counted = countedQuotes();
let gateway: TestGateway;
let failing: TeeError | undefined;

beforeAll(async () => {
  gateway = await startTestGateway({
    engine: "http://127.0.0.1:1",
    tls: true,
    env: { COUNTERSIGN_TLS_NAMES: "localhost,other.example,127.0.0.1" },
    platform(shared) {
      const { quotes, ...others } = counted.platform(shared);
      const quote: typeof quotes.quote = async (...asked) => {
        if (failing !== undefined) throw failing;
        return quotes.quote(...asked);
      };
      return { ...others, quotes: { ...quotes, quote } };
    },
  });
});
afterEach(() => {
  failing = undefined;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
const leafOf = (caller: TlsCaller): string => base64url(createHash("sha256").update(caller.spki).digest());

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function post(caller: TlsCaller, body: unknown): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await caller.ask({ path: PATH, headers: { "content-type": "application/json" }, body: text });
  return { status: answer.status, body: JSON.parse(answer.body.toString("utf8")) as Answer["body"] };
}

const challenge = (caller: TlsCaller, context: Uint8Array = randomBytes(32), leaf = leafOf(caller)) => ({
  v: 2,
  mode: "challenge",
  leaf,
  context: base64url(context),
});

const quoteOf = ({ body }: Answer): Uint8Array => new Uint8Array(Buffer.from(String(body["quote"]), "base64url"));
const reportDataOf = (answer: Answer): string =>
  Buffer.from(parseQuote(quoteOf(answer)).body.reportData).toString("hex");

/** SHA-512(SHA-256(SPKI) ‖ binding), by hand. */
function expectedFor(caller: TlsCaller, ...binding: readonly Uint8Array[]): string {
  const spki = createHash("sha256").update(caller.spki).digest();
  return createHash("sha512")
    .update(Buffer.concat([spki, ...binding]))
    .digest("hex");
}

describe.each(["1.1", "2"] as const)("over HTTP/%s", (httpVersion) => {
  const dial = (): Promise<TlsCaller> => openTlsCaller(gateway.tlsUrl ?? "", { httpVersion });

  test("challenge: bound to the context and this connection, and the quote verifies", async () => {
    using caller = await dial();
    const context = randomBytes(32);
    const answer = await post(caller, challenge(caller, context));
    expect(answer).toEqual({
      status: 200,
      body: {
        v: 2,
        mode: "challenge",
        tee: "tdx",
        quote: expect.stringMatching(/^[A-Za-z0-9_-]+$/),
        gpu_evidence: null,
        quote_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/),
        client_evidence: "none",
        client_context: null,
      },
    });
    const expected = expectedFor(caller, context, caller.exporter(LABEL, context));
    expect(reportDataOf(answer)).toBe(expected);
    const quote = quoteOf(answer);
    const { checks } = await verifyQuote({
      quote,
      collateral: await gateway.platform.collateral?.collateral(quote),
      now: Date.now() / 1000,
      policy: gateway.policy,
      expectedReportData: new Uint8Array(Buffer.from(expected, "hex")),
    });
    expect(checks.list.filter(({ outcome }) => outcome === "fail")).toEqual([]);
  });

  test("T7, T8, T9: not another connection's, another context's, or the client label's", async () => {
    using caller = await dial();
    using other = await dial();
    const [context, another] = [randomBytes(32), randomBytes(32)];
    const made = reportDataOf(await post(caller, challenge(caller, context)));
    expect(made).not.toBe(expectedFor(other, context, other.exporter(LABEL, context)));
    expect(made).not.toBe(expectedFor(caller, another, caller.exporter(LABEL, another)));
    expect(made).not.toBe(expectedFor(caller, context, caller.exporter(LABEL, another)));
    expect(made).not.toBe(expectedFor(caller, context, caller.exporter(CLIENT_LABEL, context)));
    expect(made).toBe(expectedFor(caller, context, caller.exporter(LABEL, context)));
  });

  test("deterministic: bound to the key and a minute, made once", async () => {
    using caller = await dial();
    const request = { v: 2, mode: "deterministic", leaf: leafOf(caller) };
    const first = await post(caller, request);
    expect(first).toMatchObject({ status: 200, body: { v: 2, mode: "deterministic" } });
    expect(reportDataOf(first)).toBe(expectedFor(caller, Buffer.from(String(first.body["quote_time"]))));
    const before = counted.made.length;
    expect(await post(caller, request)).toEqual(first);
    expect(counted.made.length).toBe(before);
  });

  test("T13: the leaf of another connection is not known here", async () => {
    using caller = await dial();
    const before = counted.made.length;
    const leaf = base64url(randomBytes(32));
    const refused = { status: 404, body: { v: 2, error: expect.any(String) } };
    expect(await post(caller, challenge(caller, randomBytes(32), leaf))).toEqual(refused);
    expect(await post(caller, { v: 2, mode: "deterministic", leaf })).toEqual(refused);
    expect(counted.made.length).toBe(before);
  });

  test.each([0, 31, 33, 64])("T14: a context of %d bytes is malformed", async (length) => {
    using caller = await dial();
    expect(await post(caller, challenge(caller, randomBytes(length)))).toEqual({
      status: 400,
      body: { v: 2, error: expect.stringContaining("context") },
    });
  });

  test("malformed requests give 400 in the protocol's own error form", async () => {
    using caller = await dial();
    const good = challenge(caller);
    const { context: _, ...withoutContext } = good;
    const bodies: unknown[] = [
      "",
      "{",
      "[]",
      "null",
      { ...good, v: 1 },
      { ...good, v: "2" },
      { ...good, mode: "other" },
      { ...good, leaf: undefined },
      { ...good, leaf: `${good.leaf}=` },
      { ...good, context: base64url(randomBytes(32)).slice(0, 42) },
      { ...good, more: 1 },
      withoutContext,
      { ...good, mode: "deterministic" },
    ];
    for (const body of bodies) {
      expect(await post(caller, body)).toEqual({ status: 400, body: { v: 2, error: expect.any(String) } });
    }
    expect((await post(caller, good)).status).toBe(200);
  });

  test("T10: TLS 1.2 is refused", async () => {
    using caller = await openTlsCaller(gateway.tlsUrl ?? "", { httpVersion, tls: { maxVersion: "TLSv1.2" } });
    expect(await post(caller, challenge(caller))).toEqual({
      status: 400,
      body: { v: 2, error: expect.stringContaining("TLS 1.3") },
    });
  });

  test.each(["GET", "PUT", "DELETE"])("%s is not allowed", async (method) => {
    using caller = await dial();
    expect((await caller.ask({ path: PATH, method })).status).toBe(405);
  });

  test("a body above 64 KiB is refused", async () => {
    using caller = await dial();
    const body = JSON.stringify({ ...challenge(caller), padding: "x".repeat(70_000) });
    const answer = await caller.ask({ path: PATH, headers: { "content-type": "application/json" }, body });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body.toString("utf8"))).toEqual({ v: 2, error: expect.any(String) });
  });

  test("a platform that is down gives 503, one that is slow 504, and neither says what failed", async () => {
    using caller = await dial();
    failing = new TeeError("tee.unreachable", "/var/run/secret.sock: gone");
    expect(await post(caller, challenge(caller))).toMatchObject({ status: 503, body: { v: 2 } });
    failing = new TeeError("tee.timeout", "/var/run/secret.sock: slow");
    const { status, body } = await post(caller, challenge(caller));
    expect(status).toBe(504);
    expect(body["error"]).not.toContain("secret");
  });
});

test("over cleartext there is no channel to attest", async () => {
  const body = JSON.stringify({ v: 2, mode: "deterministic", leaf: base64url(randomBytes(32)) });
  const answer = await rest(gateway.url, { path: PATH, authorization: null, body });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body.toString("utf8"))).toEqual({ v: 2, error: expect.stringContaining("TLS 1.3") });
});

test("T18: an answer names the mode and version it is of, and a relayed one does not fit the other mode", async () => {
  using caller = await openTlsCaller(gateway.tlsUrl ?? "");
  const context = randomBytes(32);
  const deterministic = await post(caller, { v: 2, mode: "deterministic", leaf: leafOf(caller) });
  expect(reportDataOf(deterministic)).not.toBe(expectedFor(caller, context, caller.exporter(LABEL, context)));
});

test("a leaf for another name has the same key: it is this connection's leaf all the same", async () => {
  using caller = await openTlsCaller(gateway.tlsUrl ?? "", { tls: { servername: "other.example" } });
  expect(caller.leaf.subject).toContain("other.example");
  expect((await post(caller, challenge(caller))).status).toBe(200);
});
