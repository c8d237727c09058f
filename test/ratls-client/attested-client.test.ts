import type { RequestListener } from "node:http";
import { request as httpRequest } from "node:http";
import { createRouterTransport } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { AttestationError, type VerifyConnection } from "../../clients/typescript/src/evidence/index.ts";
import {
  attestedKeyset,
  type ClientOptions,
  chatText,
  createClient,
  createClientOver,
  createVerifyingFetch,
} from "../../clients/typescript/src/index.ts";
import { DEFAULT_POLICY } from "../../clients/typescript/src/policy/index.ts";
import { createWebClient, createVerifyingFetch as createWebVerifyingFetch } from "../../clients/typescript/src/web.ts";
import { createAuthority } from "../../tools/vectors/authority.ts";
import { createFakeGateway, type FakeGateway, now } from "../client-typescript/support/fake-gateway.ts";
import { plainAnswer, startRestGateway, streamAnswer } from "../client-typescript/support/rest-gateway.ts";
import { reportDataVerifier } from "./support/report-data-verifier.ts";
import { ATTEST, startTlsGateway, type TlsGateway } from "./support/tls-gateway.ts";

const INPUT = { model: "demo-model", messages: [{ role: "user", content: "Say hello." }] } as const;
const tls = { rejectUnauthorized: false };

interface Rig extends AsyncDisposable {
  readonly gateway: FakeGateway;
  readonly server: TlsGateway;
  readonly paths: () => string[];
}

async function startRig(httpVersion: "1.1" | "2"): Promise<Rig> {
  const gateway = createFakeGateway();
  const handler = connectNodeAdapter({ routes: gateway.routes });
  const server = await startTlsGateway({ httpVersion, serve: handler as RequestListener });
  server.keyset = gateway.authority.keyset;
  return {
    gateway,
    server,
    paths: () => server.requests.map(({ path }) => path.slice(path.lastIndexOf("/") + 1)),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function clientOf({ server }: Rig, verify: VerifyConnection, options: Partial<ClientOptions>) {
  const trust = attestedKeyset({ policy: DEFAULT_POLICY, verify });
  return createClient({ baseUrl: server.url, token: "t", trust, tls, now, ...options });
}

const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each([
  { protocol: "connect", httpVersion: "2" },
  { protocol: "connect", httpVersion: "1.1" },
  { protocol: "grpc", httpVersion: "2" },
] as const)("a client with attested trust, $protocol over HTTP/$httpVersion", (options) => {
  it("takes the keyset from the evidence of its connection and from nowhere else", async () => {
    await using rig = await startRig(options.httpVersion);
    using client = clientOf(rig, reportDataVerifier().verify, options);
    const result = await client.chat(INPUT);
    expect(chatText(result.message)).toBe("Hello there.");
    expect(result).toMatchObject({ attested: true, pinned: false });
    const stream = client.streamChat(INPUT);
    expect(await stream.text()).toBe("Hello there.");
    expect(stream).toMatchObject({ attested: true, pinned: false });
    expect(rig.gateway.keysetCalls).toBe(0);
    expect(rig.paths().slice(0, 2)).toEqual(["AttestConnection", "Chat"]);
    expect(rig.server.requests[0]).toEqual({ path: ATTEST, connection: 0 });
  });

  it("sends nothing to a gateway that is refused, and says why", async () => {
    await using rig = await startRig(options.httpVersion);
    const { verify } = reportDataVerifier();
    using client = clientOf(
      rig,
      async (input) => {
        const { verdict } = await verify(input);
        throw new AttestationError({ ...verdict, result: "rejected" });
      },
      options,
    );
    const error = await caught(client.chat(INPUT));
    expect(error).toBeInstanceOf(AttestationError);
    expect(error).toMatchObject({ code: "attestation.refused", verdict: { result: "rejected", simulated: true } });
    expect(await caught(client.streamChat(INPUT).text())).toBeInstanceOf(AttestationError);
    expect(await caught(client.listModels())).toBeInstanceOf(AttestationError);
    expect(new Set(rig.paths())).toEqual(new Set(["AttestConnection"]));
  });

  it("does not accept new keys because a stream names them, and attests anew for the next call", async () => {
    await using rig = await startRig(options.httpVersion);
    const { verify, inputs } = reportDataVerifier();
    using client = clientOf(rig, verify, options);
    await client.chat(INPUT);
    const rotated = createAuthority("rotated");
    rig.gateway.script = { authority: rotated };
    expect(await caught(client.streamChat(INPUT).text())).toMatchObject({ code: "keyset.untrusted" });
    // Evidence still names the old keys: attested anew, and still not the ones the stream is signed with.
    const before = inputs.length;
    expect(await caught(client.streamChat(INPUT).text())).toMatchObject({ code: "keyset.untrusted" });
    expect(inputs.length).toBeGreaterThan(before);
    rig.server.keyset = rotated.keyset;
    expect(await client.streamChat(INPUT).text()).toBe("Hello there.");
    expect((await client.keyset()).digest).toEqual(rotated.keysetDigest);
    expect(rig.gateway.keysetCalls).toBe(0);
  });

  it("attests a reconnection before the token goes over it", async () => {
    await using rig = await startRig(options.httpVersion);
    const { verify } = reportDataVerifier();
    let isRefused = false;
    using client = clientOf(
      rig,
      async (input) => {
        const attested = await verify(input);
        if (isRefused) throw new AttestationError({ ...attested.verdict, result: "rejected" });
        return attested;
      },
      options,
    );
    await client.chat(INPUT);
    await rig.server.cut();
    isRefused = true;
    // The list of models needs no keyset: the transport itself has to hold it back.
    expect(await caught(client.listModels())).toMatchObject({ code: "attestation.refused" });
    expect(rig.paths()).toEqual(["AttestConnection", "Chat", "AttestConnection"]);
    expect(rig.server.requests.at(-1)).toEqual({ path: ATTEST, connection: 1 });
  });
});

describe("attested trust", () => {
  const trust = attestedKeyset({ policy: DEFAULT_POLICY, verify: reportDataVerifier().verify });
  const invalid = expect.objectContaining({ code: "config.invalid" });

  it("needs a client that opens its own connections", () => {
    expect(() =>
      createClientOver(
        createRouterTransport(() => {}),
        { trust },
      ),
    ).toThrow(invalid);
    expect(() => createWebClient({ baseUrl: "https://localhost", trust })).toThrow(invalid);
    expect(() => createWebVerifyingFetch({ baseUrl: "https://localhost", trust })).toThrow(invalid);
    expect(() => createVerifyingFetch({ baseUrl: "https://localhost", trust, fetch })).toThrow(invalid);
  });

  it("needs https", () => {
    expect(() => createClient({ baseUrl: "http://localhost", trust })).toThrow(invalid);
    expect(() => createVerifyingFetch({ baseUrl: "http://localhost", trust })).toThrow(invalid);
  });
});

describe("a verifying fetch with attested trust", () => {
  const BODY = { model: "demo-model", messages: [{ role: "user" as const, content: "hi" }] };

  async function startRestRig() {
    const rest = await startRestGateway();
    const serve: RequestListener = (incoming, response) => {
      const { method, url: path, headers } = incoming;
      const forwarded = httpRequest(`${rest.listening.url}${path}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(forwarded);
    };
    const server = await startTlsGateway({ httpVersion: "1.1", serve });
    server.keyset = rest.authority.keyset;
    return {
      rest,
      server,
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        await rest.listening[Symbol.asyncDispose]();
      },
    };
  }

  function openai(server: TlsGateway, verify: VerifyConnection): OpenAI {
    const trust = attestedKeyset({ policy: DEFAULT_POLICY, verify });
    const fetch = createVerifyingFetch({ baseUrl: server.url, trust, tls, now });
    return new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "t", fetch, maxRetries: 0 });
  }

  it("verifies answers of the OpenAI SDK under the attested keyset, each connection first", async () => {
    await using rig = await startRestRig();
    const client = openai(rig.server, reportDataVerifier().verify);
    rig.rest.answer = () => plainAnswer();
    const result = await client.chat.completions.create(BODY);
    expect(result.choices[0]?.message.content).toBe("Hello ✓");
    rig.rest.answer = () => streamAnswer("chatcmpl-2");
    let text = "";
    for await (const chunk of await client.chat.completions.create({ ...BODY, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe("Hello ✓");
    expect(rig.rest.requests.some((request) => request.includes("GetKeyset"))).toBe(false);
    const first = new Map<number, string>();
    for (const { connection, path } of rig.server.requests) if (!first.has(connection)) first.set(connection, path);
    expect(new Set(first.values())).toEqual(new Set([ATTEST]));
  });

  it("refuses answers signed with keys the evidence does not name, until they are attested", async () => {
    await using rig = await startRestRig();
    const client = openai(rig.server, reportDataVerifier().verify);
    rig.rest.answer = () => plainAnswer();
    rig.rest.authority = createAuthority("rotated");
    expect(await caught(client.chat.completions.create(BODY))).toBeDefined();
    rig.server.keyset = rig.rest.authority.keyset;
    const result = await client.chat.completions.create(BODY);
    expect(result.choices[0]?.message.content).toBe("Hello ✓");
  });

  it("sends nothing to a gateway that is refused", async () => {
    await using rig = await startRestRig();
    const client = openai(rig.server, async () => {
      throw new TypeError("a fault");
    });
    let error: unknown = await caught(client.chat.completions.create(BODY));
    while (error instanceof Error && !("code" in error && String(error.code).includes("."))) error = error.cause;
    expect(error).toMatchObject({ code: "attestation.refused" });
    expect(rig.server.requests).toEqual([{ path: ATTEST, connection: 0 }]);
  });
});
