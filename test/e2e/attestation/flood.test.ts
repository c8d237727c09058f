import { randomBytes } from "node:crypto";
import type { ClientHttp2Session } from "node:http2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countedQuotes } from "../../support/counted-quotes.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../../support/engine-and-gateway.ts";
import { chatAnswer, healthy } from "../../support/engine-answers.ts";
import {
  CHAT,
  chatBody,
  http2Session,
  keepAliveAgent,
  type RestCall,
  rest,
  restOverHttp2,
} from "../../support/rest-call.ts";

const GET_EVIDENCE = "/countersign.attestation.v1.AttestationService/GetEvidence";
const GET_KEYSET = "/countersign.attestation.v1.AttestationService/GetKeyset";
const PROTO = { "content-type": "application/proto", "connect-protocol-version": "1" };

const counted = countedQuotes();
let pair: EngineAndGateway;
let session: ClientHttp2Session & AsyncDisposable;

const QUOTES_PER_SECOND = 5;
const QUOTE_BURST = 8;

beforeAll(async () => {
  pair = await startEngineAndGateway(healthy("chatcmpl-1"), {
    platform: counted.platform,
    env: {
      COUNTERSIGN_ATTESTATION_QUOTES_PER_SECOND: String(QUOTES_PER_SECOND),
      COUNTERSIGN_ATTESTATION_QUOTE_BURST: String(QUOTE_BURST),
    },
  });
  session = http2Session(pair.gateway.url);
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await pair[Symbol.asyncDispose]();
});

const report = (nonce: Uint8Array): RestCall => ({
  path: `/v1/attestation/report?nonce=${Buffer.from(nonce).toString("hex")}`,
  authorization: null,
});
/** Field 1 of the request, length-delimited. */
const evidence = (nonce: Uint8Array): RestCall => ({
  path: GET_EVIDENCE,
  authorization: null,
  headers: PROTO,
  body: Uint8Array.of(0x0a, nonce.length, ...nonce),
});

test("10 000 anonymous requests cost a bounded number of quotes, and callers with a token are served", {
  timeout: 120_000,
}, async () => {
  const REQUESTS = 10_000;
  const CALLERS = 32;
  const CHATS = 200;
  const startedAt = performance.now();
  const statuses = new Map<number, number>();
  let sent = 0;
  const flood = async (): Promise<void> => {
    while (sent < REQUESTS) {
      const make = sent++ % 2 === 0 ? report : evidence;
      const { status } = await restOverHttp2(session, make(randomBytes(32)));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  using agent = keepAliveAgent(4);
  let served = 0;
  const serve = async (): Promise<void> => {
    while (served < CHATS) {
      served++;
      const { status, body } = await rest(pair.gateway.url, { path: CHAT, body: chatBody(false), agent });
      expect(status).toBe(200);
      expect(body.toString("utf8")).toBe(chatAnswer("chatcmpl-1", "Hello"));
    }
  };
  await Promise.all([...Array.from({ length: CALLERS }, flood), ...Array.from({ length: 4 }, serve)]);

  expect([...statuses.keys()].sort()).toEqual([200, 429]);
  expect(statuses.get(200)).toBe(counted.made.length);
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS);
  // All came from one address: half of the burst, a fifth of the rate.
  const seconds = (performance.now() - startedAt) / 1000;
  expect(counted.made.length).toBeLessThanOrEqual(QUOTE_BURST / 2 + Math.ceil((seconds * QUOTES_PER_SECOND) / 5));
  expect(counted.made.length).toBeGreaterThan(0);
});

describe("single flight", () => {
  test.each([
    ["GetEvidence", evidence],
    ["the report", report],
  ])("100 parallel requests of %s for one nonce cost one quote", async (_name, make) => {
    // One quote is all this address may have: whoever joins the one that is being made is not counted.
    const env = { COUNTERSIGN_ATTESTATION_QUOTES_PER_SECOND: "1", COUNTERSIGN_ATTESTATION_QUOTE_BURST: "2" };
    await using own = await startEngineAndGateway(healthy(), { platform: counted.platform, env });
    await using calls = http2Session(own.gateway.url);
    const before = counted.made.length;
    const release = counted.hold();
    const nonce = randomBytes(32);
    const together = Array.from({ length: 100 }, () => restOverHttp2(calls, make(nonce)));
    await expect.poll(() => counted.made.length, { interval: 2 }).toBe(before + 1);
    // Answered on the same connection, after all of them have been taken.
    for (let round = 0; round < 3; round++) {
      const { status } = await restOverHttp2(calls, {
        path: GET_KEYSET,
        authorization: null,
        headers: PROTO,
        body: new Uint8Array(),
      });
      expect(status).toBe(200);
    }
    release();
    const answers = await Promise.all(together);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.toString("base64"))).size).toBe(1);
    expect(counted.made.length).toBe(before + 1);
  });
});
