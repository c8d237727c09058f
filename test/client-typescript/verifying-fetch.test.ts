import OpenAI, { toFile } from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createVerifyingFetch,
  pinnedKeyset,
  unattestedKeyset,
  type VerifyingFetchOptions,
} from "../../clients/typescript/src/index.ts";
import { createAuthority, hex } from "../../tools/vectors/authority.ts";
import { now, responseText } from "./support/fake-gateway.ts";
import { plainAnswer, type RestGateway, startRestGateway, streamAnswer } from "./support/rest-gateway.ts";

const BODY = { model: "demo-model", messages: [{ role: "user" as const, content: "hi ✓" }] };
const withCode = (code: string) => expect.objectContaining({ code });

let gateway: RestGateway;
beforeEach(async () => {
  gateway = await startRestGateway();
});
afterEach(async () => {
  await gateway.listening[Symbol.asyncDispose]();
});

function openai(options: Partial<VerifyingFetchOptions> = {}): OpenAI {
  const baseUrl = gateway.listening.url;
  const fetch = createVerifyingFetch({ baseUrl, token: "t", trust: unattestedKeyset(), now, ...options });
  return new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey: "t", fetch, maxRetries: 0 });
}

async function streamed(client: OpenAI): Promise<string> {
  let text = "";
  for await (const chunk of await client.chat.completions.create({ ...BODY, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
  return text;
}

/** The error under those the SDK and the runtime may have wrapped around it. */
async function failure(work: Promise<unknown>): Promise<unknown> {
  let error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  while (error instanceof Error && !("code" in error && String(error.code).includes("."))) error = error.cause;
  return error;
}

describe("the OpenAI SDK over a verifying fetch", () => {
  it("reads a verified answer", async () => {
    gateway.answer = () => plainAnswer();
    const answer = await openai().chat.completions.create(BODY);
    expect(answer.choices[0]?.message.content).toBe("Hello ✓");
    expect(gateway.requests.filter((request) => request.includes("signature"))).toEqual(
      Array(2).fill("GET /v1/signature/chatcmpl-1"),
    );
  });

  it("reads a verified stream", async () => {
    gateway.answer = () => streamAnswer();
    expect(await streamed(openai())).toBe("Hello ✓");
  });

  it.each([1, 2, 3, 7])("reads a stream split every %i bytes", async (size) => {
    const whole = Buffer.from(streamAnswer().pieces.join(""));
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
      whole.subarray(index * size, (index + 1) * size),
    );
    gateway.answer = () => ({ ...streamAnswer(), pieces });
    expect(await streamed(openai())).toBe("Hello ✓");
  });

  it.each(["data:[DONE]\n\n", "data: [DONE]\r\n\r\n", "data: [DONE]", "data: [DONE]\n\n: a comment behind it\n\n"])(
    "takes %j for the end",
    async (end) => {
      const { pieces, ...rest } = streamAnswer();
      gateway.answer = () => ({ ...rest, pieces: [...pieces.slice(0, -1), end] });
      expect(await streamed(openai())).toBe("Hello ✓");
    },
  );

  it("prefers the receipt id", async () => {
    gateway.answer = () => ({ ...plainAnswer(), headers: { "x-receipt-id": "rcpt_1" } });
    await openai().chat.completions.create(BODY);
    expect(gateway.requests.filter((request) => request.includes("signature"))).toEqual(
      Array(2).fill("GET /v1/signature/rcpt_1"),
    );
  });

  it("escapes the id it looks up", async () => {
    gateway.answer = () => plainAnswer("../../x?y#z");
    await openai().chat.completions.create(BODY);
    expect(gateway.requests).toContain("GET /v1/signature/..%2F..%2Fx%3Fy%23z");
  });

  it("accepts the older text only where the caller says so", async () => {
    gateway.answer = () => plainAnswer();
    gateway.text = (request, response) => responseText(undefined, request, response);
    await openai({ text: "request-response" }).chat.completions.create(BODY);
    expect(await failure(openai().chat.completions.create(BODY))).toEqual(withCode("response.text"));
    gateway.text = (request, response) => responseText("demo-model", request, response);
    expect(await failure(openai({ text: "request-response" }).chat.completions.create(BODY))).toEqual(
      withCode("response.text"),
    );
  });

  it("takes model names with colons, and the name the caller expects", async () => {
    gateway.answer = () => plainAnswer();
    gateway.text = (request, response) => responseText("org/model:7b", request, response);
    await openai({ model: "org/model:7b" }).chat.completions.create(BODY);
    await openai().chat.completions.create({ ...BODY, model: "org/model:7b" });
    expect(await failure(openai().chat.completions.create(BODY))).toEqual(withCode("response.model"));
  });

  it("verifies bodies that are not JSON, if it is told the model", async () => {
    gateway.answer = () => ({ ...plainAnswer(), headers: { "x-receipt-id": "rcpt_1" } });
    const file = await toFile(Buffer.from([1, 2, 3]), "a.wav");
    await openai({ model: "demo-model" }).audio.transcriptions.create({ model: "demo-model", file });
    expect(await failure(openai().audio.transcriptions.create({ model: "demo-model", file }))).toEqual(
      withCode("response.model"),
    );
  });

  it("passes GET", async () => {
    expect((await openai().models.list()).data.map(({ id }) => id)).toEqual(["demo-model"]);
    expect(gateway.requests).toEqual(["GET /v1/models"]);
  });

  it("passes errors of the gateway", async () => {
    gateway.answer = () => ({
      status: 429,
      pieces: ['{"error":{"message":"slow down","type":"rate_limit","param":null,"code":"rate_limited"}}'],
    });
    await expect(openai().chat.completions.create(BODY)).rejects.toThrow(OpenAI.RateLimitError);
  });

  it("passes unsigned answers on listed paths only", async () => {
    gateway.answer = () => plainAnswer();
    gateway.lookup = () => undefined;
    await openai({ unsignedPaths: ["/v1/chat/completions"] }).chat.completions.create(BODY);
    expect(await failure(openai({ unsignedPaths: ["/v1/chat"] }).chat.completions.create(BODY))).toEqual(
      withCode("response.signature_missing"),
    );
  });

  it("uses the pinned keyset", async () => {
    gateway.answer = () => plainAnswer();
    const digest = hex(gateway.authority.keysetDigest);
    await openai({ trust: pinnedKeyset(digest) }).chat.completions.create(BODY);
    expect(await failure(openai({ trust: pinnedKeyset("00".repeat(32)) }).chat.completions.create(BODY))).toEqual(
      withCode("keyset.untrusted"),
    );
  });
});

describe.each([
  ["a plain answer", (client: OpenAI) => client.chat.completions.create(BODY), () => plainAnswer()],
  ["a stream", streamed, () => streamAnswer()],
] as const)("%s is refused", (_, call, answer) => {
  const other = createAuthority("another gateway");

  it.each<[string, (at: RestGateway) => void]>([
    [
      "response.hash",
      (at) => {
        at.corrupt = (piece) => Buffer.from(piece.toString().replace("Hel", "Hal"));
      },
    ],
    [
      "response.hash",
      (at) => {
        at.text = (request) => responseText("demo-model", request, new Uint8Array());
      },
    ],
    [
      "response.request",
      (at) => {
        at.text = (_request, response) => responseText("demo-model", new Uint8Array(), response);
      },
    ],
    [
      "response.model",
      (at) => {
        at.text = (request, response) => responseText("demo-model-small", request, response);
      },
    ],
    [
      "response.text",
      (at) => {
        at.text = () => "hello";
      },
    ],
    [
      "response.text",
      (at) => {
        at.lookup = (found, algorithm) => (algorithm === "ecdsa" ? found : { ...found, text: `${found.text} ` });
      },
    ],
    [
      "response.incomplete",
      (at) => {
        at.text = (request, response) => {
          const [, q, r] = responseText("m", request, response).split(":");
          return `countersign.response.v1:upstream_failed:demo-model:${q}:${response.length}:${r}`;
        };
      },
    ],
    [
      "response.signature",
      (at) => {
        at.lookup = (found, algorithm) => (algorithm === "ecdsa" ? { ...found, signature: "0x" } : found);
      },
    ],
    [
      "response.signature",
      (at) => {
        at.lookup = (found, algorithm) =>
          algorithm === "ecdsa"
            ? { ...found, signature: `0x${hex(other.responseEcdsa.sign(found.text ?? ""))}` }
            : found;
      },
    ],
    [
      "response.signature",
      (at) => {
        at.lookup = (found, algorithm) =>
          algorithm === "ecdsa"
            ? { ...found, signature: `0x${hex(at.authority.streamEcdsa.sign(found.text ?? ""))}` }
            : found;
      },
    ],
    [
      "response.signature",
      (at) => {
        at.lookup = (found, algorithm) =>
          algorithm === "ecdsa"
            ? found
            : { ...found, signature: hex(at.authority.streamEd25519.sign(found.text ?? "")) };
      },
    ],
    [
      "response.signature",
      (at) => {
        at.lookup = (found, algorithm) => (algorithm === "ecdsa" ? found : { ...found, signature: "not hex" });
      },
    ],
    [
      "response.signature",
      (at) => {
        at.lookup = (found) => ({ ...found, signing_address: `0x${"0".repeat(40)}` });
      },
    ],
    [
      "response.signature_missing",
      (at) => {
        at.lookup = () => undefined;
      },
    ],
    [
      "response.signature_missing",
      (at) => {
        at.lookup = ({ text }) => ({ text });
      },
    ],
    [
      "response.signature_missing",
      (at) => {
        at.lookup = (found) => ({ ...found, padding: "x".repeat(70_000) });
      },
    ],
    [
      "response.redirect",
      (at) => {
        at.answer = () => ({ status: 307, headers: { location: "/v1/elsewhere" }, pieces: [] });
      },
    ],
    [
      "response.id",
      (at) => {
        const { pieces, ...rest } = answer();
        at.answer = () => ({
          ...rest,
          pieces: pieces.map((piece) => String(piece).replaceAll('"id":"chatcmpl-1",', "")),
        });
      },
    ],
    [
      "response.id",
      (at) => {
        const { pieces, ...rest } = answer();
        at.answer = () => ({
          ...rest,
          pieces: pieces.map((piece) => String(piece).replaceAll("chatcmpl-1", "i".repeat(257))),
        });
      },
    ],
    [
      "response.truncated",
      (at) => {
        at.answer = () => ({ ...answer(), isCut: true });
      },
    ],
  ])("%s (%#)", async (code, spoil) => {
    gateway.answer = answer;
    spoil(gateway);
    expect(await failure(call(openai()))).toEqual(withCode(code));
  });

  it("response.too_large", async () => {
    gateway.answer = answer;
    expect(await failure(call(openai({ maxHeldBytes: 60 })))).toEqual(withCode("response.too_large"));
  });
});

describe("an event stream", () => {
  it.each([
    ["response.truncated", "its [DONE] is missing", [] as string[]],
    ["response.truncated", "more stands behind [DONE]", ["data: [DONE] \n\n"]],
    ["response.truncated", "[DONE] is a comment", [": [DONE]\n\n"]],
  ])("%s: %s", async (code, _, end) => {
    const { pieces, ...rest } = streamAnswer();
    gateway.answer = () => ({ ...rest, pieces: [...pieces.slice(0, -1), ...end] });
    expect(await failure(streamed(openai()))).toEqual(withCode(code));
  });

  it.each(["data: [DONE]\n\n", "data: [DONE]\rdata: x\n\n", "x\rdata: [DONE]\r\r\n"])(
    "never shows %j before everything is verified",
    async (end) => {
      const { pieces, ...rest } = streamAnswer();
      gateway.answer = () => ({ ...rest, pieces: [...pieces.slice(0, -1), end] });
      gateway.lookup = () => undefined;
      const baseUrl = gateway.listening.url;
      const fetch = createVerifyingFetch({ baseUrl, trust: unattestedKeyset(), now });
      const response = await fetch(`${baseUrl}/v1/chat/completions`, {
        method: "POST",
        body: JSON.stringify({ ...BODY, stream: true }),
      });
      let seen = "";
      const decoder = new TextDecoder();
      const reading = (async () => {
        for await (const part of response.body ?? []) seen += decoder.decode(part, { stream: true });
      })();
      await expect(reading).rejects.toThrow(withCode("response.signature_missing"));
      expect(seen).toContain("Hel");
      expect(seen).not.toContain("[DONE]");
    },
  );

  it("passes events while they arrive", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gateway.answer = () => streamAnswer();
    const { lookup } = gateway;
    let isReading = false;
    gateway.lookup = (found, algorithm) => {
      // The lookup comes last: by then the reader has the content.
      if (isReading) resolve();
      return lookup(found, algorithm);
    };
    const stream = await openai().chat.completions.create({ ...BODY, stream: true });
    for await (const _ of stream) isReading = true;
    await promise;
  });

  it("is cancelled by a break", async () => {
    gateway.answer = () => streamAnswer("chatcmpl-1", Array(200).fill("x"));
    for await (const _ of await openai().chat.completions.create({ ...BODY, stream: true })) break;
    expect(gateway.requests.some((request) => request.includes("signature"))).toBe(false);
  });
});

describe("the fetch itself", () => {
  it("sends what it hashes, whatever form the body has", async () => {
    gateway.answer = () => plainAnswer();
    const baseUrl = gateway.listening.url;
    const fetch = createVerifyingFetch({ baseUrl, trust: unattestedKeyset(), now, model: "demo-model" });
    const url = `${baseUrl}/v1/chat/completions`;
    for (const body of [
      "text ✓",
      new Uint8Array([0, 255]),
      new Blob(["blob"]),
      new URLSearchParams({ a: "b" }),
      new FormData(),
    ]) {
      expect(await (await fetch(url, { method: "POST", body })).json()).toMatchObject({ id: "chatcmpl-1" });
    }
    expect(await (await fetch(new Request(url, { method: "POST", body: "request" }))).json()).toMatchObject({
      id: "chatcmpl-1",
    });
    expect(await (await fetch(url, { method: "POST" })).json()).toMatchObject({ id: "chatcmpl-1" });
  });

  it("refuses other addresses", async () => {
    const fetch = createVerifyingFetch({ baseUrl: "http://127.0.0.1:1/prefix", trust: unattestedKeyset(), now });
    for (const url of [
      "http://127.0.0.1:2/prefix/v1/models",
      "http://127.0.0.1:1/v1/models",
      "http://127.0.0.1:1/prefix/../v1/models",
      "http://127.0.0.1:1/prefixed",
    ]) {
      await expect(fetch(url)).rejects.toThrow(withCode("response.route"));
    }
  });

  it("refuses bad options", () => {
    expect(() => createVerifyingFetch({ baseUrl: "nowhere", trust: unattestedKeyset() })).toThrow(
      withCode("config.invalid"),
    );
    expect(() => createVerifyingFetch({ baseUrl: "http://127.0.0.1" } as VerifyingFetchOptions)).toThrow(
      withCode("config.invalid"),
    );
  });

  it("refuses an answer without content", async () => {
    gateway.answer = () => ({ status: 204, pieces: [] });
    const baseUrl = gateway.listening.url;
    const fetch = createVerifyingFetch({ baseUrl, trust: unattestedKeyset(), now });
    await expect(fetch(`${baseUrl}/v1/chat/completions`, { method: "POST", body: "{}" })).rejects.toThrow(
      withCode("response.signature_missing"),
    );
  });
});
