import { request as open } from "node:http";
import { gzipSync } from "node:zlib";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  ChatRequestSchema,
  type InferenceService,
  StreamChatRequestSchema,
} from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { SignatureService } from "../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import {
  ModelDigestKind,
  RequestForm,
  SealMetadataSchema,
} from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { healthy } from "../support/engine-answers.ts";
import { OTHER_TOKEN, TOKEN } from "../support/gateway.ts";
import { rawConnection } from "../support/rest-call.ts";
import {
  chatPayload,
  chatRequest,
  inferenceClient,
  PROTOCOLS,
  type Protocol,
  rejection,
  transportTo,
} from "../support/rpc-client.ts";

type Client = ReturnType<typeof inferenceClient>;
type ChatInit = Parameters<Client["chat"]>[0];

const CANARY = "canary-prompt-7f3a";
const LIMIT = 64 << 10;
const SECRETS = [CANARY, TOKEN, OTHER_TOKEN, "wrong-token"];

let pair: EngineAndGateway;

beforeAll(async () => {
  pair = await startEngineAndGateway(healthy(), {
    env: {
      COUNTERSIGN_LIMITS_RPC_MESSAGE: String(LIMIT),
      COUNTERSIGN_TIMEOUTS_REQUEST_BODY: "300ms",
    },
  });
});

afterAll(() => pair[Symbol.asyncDispose]());

afterEach(() => {
  const log = pair.gateway.log.join("\n");
  for (const secret of SECRETS) expect(log).not.toContain(secret);
});

/** Reads a stream to its end. */
async function readAll(stream: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _message of stream) count++;
  return count;
}

/** Requires a typed error without anything of the caller's in it. */
function expectError(error: ConnectError, code: Code, reason: string, field?: string): void {
  expect(`${Code[error.code]} ${error.message}`).toMatch(new RegExp(`^${Code[code]} `));
  const [info] = error.findDetails(ErrorInfoSchema);
  expect(info).toMatchObject({ reason, domain: "countersign" });
  const fields = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  expect(fields.map((violation) => violation.field)).toEqual(field === undefined ? [] : [field]);
  for (const secret of SECRETS) expect(JSON.stringify([error.message, fields])).not.toContain(secret);
}

const typedChat = (text: string): ChatInit => ({
  model: "m",
  input: { case: "chat", value: { messages: [{ role: 3, content: [{ part: { case: "text", value: text } }] }] } },
});
const garbage = new TextEncoder().encode(CANARY);

const REQUESTS: readonly (readonly [string, ChatInit, Code, string, string])[] = [
  ["no model", { ...chatRequest(chatPayload(CANARY)), model: "" }, Code.InvalidArgument, "INVALID_REQUEST", "model"],
  ["an unknown model", { ...chatRequest(), model: CANARY }, Code.NotFound, "MODEL_NOT_FOUND", "model"],
  ["no input", { model: "m" }, Code.InvalidArgument, "INVALID_REQUEST", "input"],
  ["a payload that is not one", chatRequest(garbage), Code.InvalidArgument, "INVALID_REQUEST", "payload"],
  ["no messages", chatRequest(new Uint8Array()), Code.InvalidArgument, "INVALID_REQUEST", "messages"],
  [
    "a verified upstream",
    { ...chatRequest(), constraints: { requireVerifiedUpstream: true } },
    Code.FailedPrecondition,
    "CONSTRAINT_UNSATISFIED",
    "constraints.require_verified_upstream",
  ],
  [
    "a model digest",
    { ...chatRequest(), constraints: { modelDigest: { kind: ModelDigestKind.VERITY, value: new Uint8Array(32) } } },
    Code.FailedPrecondition,
    "CONSTRAINT_UNSATISFIED",
    "constraints.model_digest",
  ],
];

describe.each(PROTOCOLS)("over %s", (protocol: Protocol) => {
  describe.each(["chat", "streamChat"] as const)("%s", (method) => {
    const call = (client: Client, request: ChatInit): Promise<unknown> =>
      method === "chat"
        ? client.chat(request)
        : readAll(client.streamChat(request as Parameters<Client["streamChat"]>[0]));

    test.each(REQUESTS)("refuses %s", async (_what, request, code, reason, field) => {
      const before = pair.engine.exchanges.length;
      const client = inferenceClient(pair.gateway.url, protocol);
      expectError(await rejection(call(client, request)), code, reason, field);
      expect(pair.engine.exchanges).toHaveLength(before);
    });

    test.each<readonly [string, string | null]>([
      ["no token", null],
      ["a wrong one", "wrong-token"],
      ["the beginning of one", TOKEN.slice(0, -1)],
    ])("refuses %s", async (_what, token) => {
      const client = inferenceClient(pair.gateway.url, protocol, { token });
      const error = await rejection(call(client, chatRequest(chatPayload(CANARY))));
      expectError(error, Code.Unauthenticated, "UNAUTHENTICATED");
    });

    test("takes every token", async () => {
      for (const token of [TOKEN, OTHER_TOKEN]) {
        await call(inferenceClient(pair.gateway.url, protocol, { token }), chatRequest());
      }
    });

    test("refuses a message over the limit and goes on working", async () => {
      const client = inferenceClient(pair.gateway.url, protocol);
      const huge = chatRequest(chatPayload(CANARY.repeat(20_000)));
      for (let round = 0; round < 3; round++) {
        const error = await rejection(call(client, huge));
        expect(Code[error.code]).toBe("ResourceExhausted");
        expect(error.message).not.toContain(CANARY);
        await call(client, chatRequest());
      }
    });
  });

  test("a typed request is answered with a seal that says so", async () => {
    const { seal } = await inferenceClient(pair.gateway.url, protocol).chat(typedChat("Hi"));
    const metadata = fromBinary(SealMetadataSchema, seal?.metadata ?? new Uint8Array());
    expect(metadata.requestForm).toBe(RequestForm.TYPED);
  });

  test("methods of later versions say that they are", async () => {
    const client = inferenceClient(pair.gateway.url, protocol);
    for (const call of [client.rerank({ model: "m" }), client.score({ model: "m" }), client.forward({})]) {
      const error = await rejection(call);
      expectError(error, Code.Unimplemented, "UNIMPLEMENTED");
      expect(error.message).toMatch(/not implemented in this version/);
    }
  });

  test("an unknown signature is not found", async () => {
    const client = createClient(SignatureService, transportTo(pair.gateway.url, protocol));
    expectError(await rejection(client.getSignature({ id: CANARY })), Code.NotFound, "SIGNATURE_NOT_FOUND", "id");
  });
});

/** An answer to hand-written bytes of the Connect protocol over HTTP/1.1. */
async function post(
  method: keyof typeof InferenceService.method,
  contentType: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; text: string }> {
  const name = method[0]?.toUpperCase() + method.slice(1);
  const { hostname, port } = new URL(pair.gateway.url);
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const request = open(
    {
      hostname,
      port,
      agent: false,
      method: "POST",
      path: `/countersign.inference.v1.InferenceService/${name}`,
      headers: { authorization: `bearer ${TOKEN}`, "content-type": contentType, ...headers },
    },
    (response) => {
      let text = "";
      response.setEncoding("latin1").on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    },
  );
  request.on("error", reject);
  request.end(body);
  return promise;
}

/** An enveloped message. */
function enveloped(message: Uint8Array, flags = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5, flags);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

const goodMessage = toBinary(
  StreamChatRequestSchema,
  create(StreamChatRequestSchema, chatRequest(chatPayload(CANARY))),
);

describe("hand-written calls", () => {
  test.each<readonly [string, string | Uint8Array, Record<string, string>, string]>([
    ["no message", "", {}, "invalid_argument"],
    ["half a header", Buffer.from([0, 0, 0]), {}, "invalid_argument"],
    ["half a message", enveloped(goodMessage).subarray(0, -1), {}, "invalid_argument"],
    ["a length that is a lie", enveloped(goodMessage, 0, 0xffff_ffff), {}, "resource_exhausted"],
    ["two messages", Buffer.concat([enveloped(goodMessage), enveloped(goodMessage)]), {}, "invalid_argument"],
    ["unknown flags", enveloped(goodMessage, 0x40), {}, "invalid_argument"],
    ["a message that is not protobuf", enveloped(garbage), {}, "invalid_argument"],
    ["compression that was not announced", enveloped(gzipSync(goodMessage), 1), {}, "unimplemented"],
    ["bad gzip", enveloped(garbage, 1), { "connect-content-encoding": "gzip" }, "invalid_argument"],
    [
      "a gzip bomb",
      enveloped(gzipSync(Buffer.alloc(50 << 20)), 1),
      { "connect-content-encoding": "gzip" },
      "resource_exhausted",
    ],
    ["an unknown encoding", enveloped(goodMessage, 1), { "connect-content-encoding": "zstd" }, "unimplemented"],
    ["a deadline that is no number", enveloped(goodMessage), { "connect-timeout-ms": "soon" }, "invalid_argument"],
    ["a deadline beyond reason", enveloped(goodMessage), { "connect-timeout-ms": "9999999999" }, "invalid_argument"],
  ])("StreamChat refuses %s", async (_what, body, headers, code) => {
    const { status, text } = await post("streamChat", "application/connect+proto", body, headers);
    expect(status).toBe(200);
    expect(text).toContain(`"code":"${code}"`);
    expect(text).not.toContain(CANARY);
  });

  test("StreamChat takes a gzipped message", async () => {
    const body = enveloped(gzipSync(goodMessage), 1);
    const { text } = await post("streamChat", "application/connect+proto", body, {
      "connect-content-encoding": "gzip",
    });
    expect(text).toContain("countersign.stream.v1:complete:");
  });

  test.each([
    ["something that is not JSON", `{"model": ${CANARY}}`],
    ["a model of the wrong type", `{"model": {"${CANARY}": 1}}`],
    ["a payload that is not base64", `{"model": "m", "payload": "${CANARY}!"}`],
    ["a role that is unknown", `{"model": "m", "chat": {"messages": [{"role": "${CANARY}"}]}}`],
    ["two inputs", `{"model": "m", "payload": "AA==", "chat": {"user": "${CANARY}"}}`],
  ])("JSON with %s is refused without repeating it", async (_what, body) => {
    const unary = await post("chat", "application/json", body);
    expect(unary.status).toBe(400);
    expect(JSON.parse(unary.text).code).toBe("invalid_argument");
    expect(unary.text).not.toContain(CANARY);
    const stream = await post("streamChat", "application/connect+json", enveloped(Buffer.from(body)));
    expect(stream.text).toContain('"code":"invalid_argument"');
    expect(stream.text).not.toContain(CANARY);
  });

  const WRONG_TYPES = [
    ["an input", `{"model": "m", "chat": "${CANARY}"}`],
    ["a content", `{"model": "m", "chat": {"messages": [{"content": "${CANARY}"}]}}`],
    ["a number", `{"model": "m", "proof": {"checkpointChunks": "${CANARY}"}}`],
  ] as const;

  test.each(WRONG_TYPES)(
    "streamed JSON with %s of the wrong type is refused without repeating it",
    async (_what, body) => {
      const { text } = await post("streamChat", "application/connect+json", enveloped(Buffer.from(body)));
      expect(text).toContain('"code":"invalid_argument"');
      expect(text).not.toContain(CANARY);
    },
  );

  test.each(WRONG_TYPES)(
    "unary JSON with %s of the wrong type is refused without repeating it",
    async (_what, body) => {
      const { status, text } = await post("chat", "application/json", body);
      expect(status).toBe(400);
      expect(text).not.toContain(CANARY);
    },
  );

  test("a unary message that is not protobuf is an invalid argument", async () => {
    const { status } = await post("chat", "application/proto", garbage);
    expect(status).toBe(400);
  });

  test("JSON nested 20 000 deep is refused", async () => {
    const nested = `{"model":"m","chat":{"extras":{"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}}}`;
    expect((await post("chat", "application/json", nested)).status).toBe(400);
    const stream = await post("streamChat", "application/connect+json", enveloped(Buffer.from(nested)));
    expect(stream.text).toContain('"code":"invalid_argument"');
    expect(
      (await post("chat", "application/proto", toBinary(ChatRequestSchema, create(ChatRequestSchema, chatRequest()))))
        .status,
    ).toBe(200);
  });

  test("JSON streams work", async () => {
    const payload = Buffer.from(chatPayload()).toString("base64");
    const { text } = await post(
      "streamChat",
      "application/connect+json",
      enveloped(Buffer.from(JSON.stringify({ model: "m", payload }))),
    );
    expect(text).toContain('"accepted"');
    expect(text).toContain("countersign.stream.v1:complete:");
  });

  test("another content type is 415", async () => {
    for (const method of ["chat", "streamChat"] as const) {
      expect((await post(method, "text/plain", CANARY)).status).toBe(415);
    }
  });

  test("a body that stalls is ended with deadline_exceeded", async () => {
    const { hostname, port } = new URL(pair.gateway.url);
    const { promise, resolve } = Promise.withResolvers<string>();
    const request = open({
      hostname,
      port,
      agent: false,
      method: "POST",
      path: "/countersign.inference.v1.InferenceService/StreamChat",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/connect+proto" },
    });
    request.on("error", () => {});
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("latin1").on("data", (piece: string) => {
        text += piece;
        if (text.includes("}}") || text.includes("]}")) resolve(text);
      });
      response.on("error", () => {});
    });
    request.write(enveloped(goodMessage).subarray(0, 20));
    expect(await promise).toMatch(/"code":"deadline_exceeded"/);
    request.destroy();
  });

  test("gRPC over HTTP/1.1 is refused by its version", async () => {
    expect((await post("streamChat", "application/grpc", enveloped(goodMessage))).status).toBe(505);
  });
});

describe("a request whose body stalls", () => {
  test.each([
    ["a unary call", "/countersign.inference.v1.InferenceService/Chat", "application/proto"],
    ["a public unary call", "/countersign.attestation.v1.AttestationService/GetKeyset", "application/json"],
    ["a public stream", "/grpc.health.v1.Health/Watch", "application/connect+proto"],
  ])("is ended in time: %s", async (_what, path, type) => {
    using connection = await rawConnection(pair.gateway.url);
    connection.socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: ${type}\r\ncontent-length: 100\r\n\r\n{"mod`,
    );
    expect(await connection.ended).toContain('"code":"deadline_exceeded"');
  });
});
