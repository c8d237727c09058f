import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyConnection } from "../../../clients/typescript/src/evidence/index.ts";
import { attestedKeyset, chatText, createClient, createVerifyingFetch } from "../../../clients/typescript/src/index.ts";
import { DEFAULT_POLICY, type Policy } from "../../../clients/typescript/src/policy/index.ts";
import type { Verdict } from "../../../clients/typescript/src/verdict/index.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../../support/engine-and-gateway.ts";
import { healthy } from "../../support/engine-answers.ts";
import { TOKEN } from "../../support/gateway.ts";
import { rest } from "../../support/rest-call.ts";

const INPUT = { model: "m", messages: [{ role: "user", content: "hi" }] } as const;
const tls = { rejectUnauthorized: false };

let pair: EngineAndGateway;
beforeAll(async () => {
  pair = await startEngineAndGateway(healthy("chatcmpl-1"), { tls: true });
});
afterAll(() => pair[Symbol.asyncDispose]());

const baseUrl = (): string => pair.gateway.tlsUrl ?? "";

function trust(policy: Policy = pair.gateway.policy) {
  const verdicts: Verdict[] = [];
  const onVerdict = (verdict: Verdict): void => void verdicts.push(verdict);
  return { verdicts, trust: attestedKeyset({ policy, verify: verifyConnection, onVerdict }) };
}

const KINDS = [
  { protocol: "connect", httpVersion: "1.1" },
  { protocol: "connect", httpVersion: "2" },
  { protocol: "grpc-web", httpVersion: "1.1" },
  { protocol: "grpc-web", httpVersion: "2" },
  { protocol: "grpc", httpVersion: "2" },
] as const;

/** Everything the gateway counts of requests beside attestations and this scrape, and what reached the engine. */
async function served(): Promise<unknown> {
  const { body } = await rest(pair.gateway.url, { path: "/metrics", authorization: null });
  const counted = body
    .toString("utf8")
    .split("\n")
    .filter((line) => /^(?:http_requests_total|http_errors_total|countersign_exchanges)/.test(line))
    .filter((line) => !line.includes('"/metrics"'));
  return { counted, engine: pair.engine.exchanges.length };
}

describe.each(KINDS)("createClient, $protocol over HTTP/$httpVersion", (kind) => {
  test("streams and answers under keys the connection proved", async () => {
    const { trust: attested, verdicts } = trust();
    using client = createClient({ baseUrl: baseUrl(), token: TOKEN, trust: attested, tls, ...kind });
    const stream = client.streamChat(INPUT);
    expect(await stream.text()).toBe("Hello");
    expect(await stream.seal).toMatchObject({ status: "complete", model: "m" });
    expect(chatText((await client.chat(INPUT)).message)).toBe("Hello");
    expect(stream).toMatchObject({ attested: true, pinned: false });
    expect(verdicts.length).toBeGreaterThan(0);
    for (const verdict of verdicts) {
      expect(verdict).toMatchObject({ result: "accepted", simulated: true, subject: "gateway" });
      expect(verdict.checks).toContainEqual(expect.objectContaining({ id: "tls.channel", outcome: "pass" }));
    }
  });

  test("sends nothing to a gateway whose evidence is refused", async () => {
    const before = await served();
    const { trust: strict, verdicts } = trust(DEFAULT_POLICY);
    using client = createClient({ baseUrl: baseUrl(), token: TOKEN, trust: strict, tls, ...kind });
    const refused = { code: "attestation.refused", verdict: { result: "rejected", simulated: true } };
    await expect(client.chat(INPUT)).rejects.toMatchObject(refused);
    await expect(client.streamChat(INPUT).text()).rejects.toMatchObject(refused);
    expect(verdicts.every(({ result }) => result === "rejected")).toBe(true);
    expect(await served()).toEqual(before);
    expect(pair.gateway.log.join("\n")).not.toContain(TOKEN);
  });
});

describe("the OpenAI SDK over a verifying fetch with attested trust", () => {
  const sdk = (policy?: Policy): OpenAI => {
    const fetch = createVerifyingFetch({ baseUrl: baseUrl(), token: TOKEN, trust: trust(policy).trust, tls });
    return new OpenAI({ baseURL: `${baseUrl()}/v1`, apiKey: TOKEN, fetch, maxRetries: 0 });
  };
  const messages = [{ role: "user" as const, content: "hi" }];

  test("answers whole and streams", async () => {
    const openai = sdk();
    const whole = await openai.chat.completions.create({ model: "m", messages });
    expect(whole.choices[0]?.message.content).toBe("Hello");
    let text = "";
    for await (const part of await openai.chat.completions.create({ model: "m", messages, stream: true })) {
      text += part.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe("Hello");
  });

  test("sends nothing to a gateway whose evidence is refused", async () => {
    const before = await served();
    const failure = await sdk(DEFAULT_POLICY)
      .chat.completions.create({ model: "m", messages })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(failure).toMatchObject({ cause: { code: "attestation.refused" } });
    expect(await served()).toEqual(before);
  });
});

test.each(KINDS)("a policy for another application refuses, $protocol over HTTP/$httpVersion", async (kind) => {
  const before = await served();
  const { policy } = pair.gateway;
  const elsewhere = { ...policy, app: { ...policy.app, ids: ["00".repeat(20)] } };
  const { trust: other, verdicts } = trust(elsewhere);
  using client = createClient({ baseUrl: baseUrl(), token: TOKEN, trust: other, tls, ...kind });
  await expect(client.chat(INPUT)).rejects.toMatchObject({ code: "attestation.refused" });
  expect(verdicts[0]?.checks).toContainEqual(expect.objectContaining({ id: "app.id", outcome: "fail" }));
  expect(await served()).toEqual(before);
});
