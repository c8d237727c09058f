import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyEvidence } from "../../../clients/typescript/src/evidence/index.ts";
import { DEFAULT_POLICY } from "../../../clients/typescript/src/policy/index.ts";
import { type LeafForm, verifyLeaf } from "../../../clients/typescript/src/ratls/index.ts";
import { attestOver } from "../../support/attestation-call.ts";
import { countedQuotes } from "../../support/counted-quotes.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../../support/engine-and-gateway.ts";
import { chunk, DONE, delta, LAST_CHUNK, STREAM_HEAD } from "../../support/engine-answers.ts";
import { startTestGateway, TOKEN } from "../../support/gateway.ts";
import { CHAT, chatBody } from "../../support/rest-call.ts";
import { openTlsCaller, type TlsCaller, type TlsCallerOptions } from "../../support/tls-caller.ts";

const counted = countedQuotes();
let pair: EngineAndGateway;
let resume = Promise.withResolvers<void>();

beforeAll(async () => {
  pair = await startEngineAndGateway(
    async (exchange) => {
      await exchange.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(delta("chatcmpl-1", "first"))]));
      await resume.promise;
      await exchange.write(Buffer.concat([chunk(delta("chatcmpl-1", "last")), chunk(DONE), Buffer.from(LAST_CHUNK)]));
    },
    {
      tls: true,
      platform: counted.platform,
      env: { COUNTERSIGN_TLS_NAMES: "localhost,gateway.example,127.0.0.1,::1" },
    },
  );
});
afterAll(() => pair[Symbol.asyncDispose]());

const dial = (options: TlsCallerOptions = {}): Promise<TlsCaller> => openTlsCaller(pair.gateway.tlsUrl ?? "", options);

async function judge(caller: TlsCaller, expectedName?: string) {
  const { policy, platform } = pair.gateway;
  return verifyLeaf({
    chain: [new Uint8Array(caller.leaf.raw)],
    now: Date.now() / 1000,
    // A leaf says nothing of application, keys and devices.
    policy: { ...policy, app: DEFAULT_POLICY.app, gpu: DEFAULT_POLICY.gpu },
    collateral: await platform.collateral?.collateral(new Uint8Array()),
    expectedName,
  });
}

test.each(["1.1", "2"] as const)(
  "a re-minted leaf is for new connections; an open stream over HTTP/%s goes on under the old one",
  async (httpVersion) => {
    resume = Promise.withResolvers();
    using before = await dial({ httpVersion });
    const arrived = pair.engine.next();
    const stream = before.ask({
      path: CHAT,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: chatBody(true),
    });
    await arrived;
    const quotes = counted.made.length;
    const generation = pair.gateway.rotation?.current.generation ?? 0;
    const [first, second] = await Promise.all([
      pair.gateway.rotation?.remint("evidence changed"),
      pair.gateway.rotation?.remint("model changed"),
    ]);
    expect([first?.generation, second?.generation]).toEqual([generation + 1, generation + 2]);
    expect(counted.made.length).toBe(quotes + 2);

    using after = await dial({ httpVersion });
    expect(after.leaf.serialNumber).not.toBe(before.leaf.serialNumber);
    // The key stays: whoever pinned it need not pin anew.
    expect(Buffer.from(after.spki)).toEqual(Buffer.from(before.spki));
    for (const caller of [before, after]) {
      const { checks, form, simulated } = await judge(caller, "127.0.0.1");
      expect({ form, simulated }).toEqual({ form: "deterministic", simulated: true });
      expect(checks.list.filter(({ outcome }) => outcome === "fail")).toEqual([]);
      expect(checks.passed("tls.report_data") && checks.passed("quote.signature")).toBe(true);
    }
    resume.resolve();
    const { status, body } = await stream;
    expect(status).toBe(200);
    expect(body.toString("utf8")).toContain("first");
    expect(body.toString("utf8")).toContain("[DONE]");

    // The old connection can still be attested: by its own exporter.
    const nonce = new Uint8Array(randomBytes(32));
    const { evidence } = await attestOver(before, "connect", nonce);
    if (evidence === undefined) throw new Error("no evidence");
    const connection = {
      leafSpki: before.spki,
      exporter: before.exporter("EXPORTER-countersign-attest-v1", nonce),
    };
    const { policy } = pair.gateway;
    const { verdict } = await verifyEvidence({ evidence, nonce, connection, policy, now: Date.now() / 1000 });
    expect(verdict.result).toBe("accepted");
  },
);

test("each name on the list has its leaf; every other name is presented the default one and costs nothing", async () => {
  const before = counted.made.length;
  using listed = await dial({ tls: { servername: "gateway.example" } });
  expect(listed.leaf.subjectAltName).toBe("DNS:gateway.example");
  expect((await judge(listed, "gateway.example")).checks.passed("tls.certificate")).toBe(true);
  using fallback = await dial();
  const unknown = Array.from({ length: 36 }, (_, index) => `unknown-${index}.example`);
  const hostile = ["..%2f..%2fx", "a".repeat(63), `${"b.".repeat(100)}c`, "GATEWAY.example.evil"];
  for (const servername of [...unknown, ...hostile]) {
    using caller = await dial({ tls: { servername } });
    expect(caller.leaf.raw).toEqual(fallback.leaf.raw);
    expect((await judge(caller, servername)).checks.passed("tls.certificate")).toBe(false);
  }
  expect(counted.made.length).toBe(before);
});

test.each([
  ["tcg", "tcg"],
  ["dstack", "dstack"],
  ["none", "none"],
] as const satisfies readonly (readonly [string, LeafForm])[])(
  "leaves in the %s form verify as such",
  async (evidence, expected) => {
    const env = { COUNTERSIGN_TLS_EVIDENCE: evidence };
    await using gateway = await startTestGateway({ engine: "http://127.0.0.1:1", tls: true, env });
    using caller = await openTlsCaller(gateway.tlsUrl ?? "");
    const { checks, form } = await judge(caller);
    expect(form).toBe(expected);
    expect(checks.list.filter(({ outcome }) => outcome === "fail")).toEqual([]);
    expect(checks.passed("tls.report_data")).toBe(evidence !== "none");
  },
);
