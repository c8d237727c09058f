import type { MessageInitShape } from "@bufbuild/protobuf";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChatInputSchema, Role } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { CompletionInputSchema } from "../../gen/ts/countersign/inference/v1/completion_pb.ts";
import { EmbeddingInputSchema } from "../../gen/ts/countersign/inference/v1/embedding_pb.ts";
import { TokenizeInputSchema } from "../../gen/ts/countersign/inference/v1/tokenization_pb.ts";
import {
  ModelDigestKind,
  RequestForm,
  SealMetadataSchema,
} from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { BadRequestSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { healthy } from "../support/engine-answers.ts";
import { chatPayload, errorReason, inferenceClient, PROTOCOLS, rejection } from "../support/rpc-client.ts";
import { checkSeal } from "../support/transcript-check.ts";

let pair: EngineAndGateway;
beforeAll(async () => {
  pair = await startEngineAndGateway(healthy());
});
afterAll(() => pair[Symbol.asyncDispose]());

const text = (value: string) => ({ part: { case: "text" as const, value } });
const user = { role: Role.USER, content: [text("Hi")] };
const asks = (value: Uint8Array<ArrayBuffer>) => ({ model: "m", input: { case: "payload" as const, value } });

/** Field paths of the violations a call is refused with. Nothing of it reached the engine. */
async function refusedFields(call: Promise<unknown>): Promise<readonly string[]> {
  const before = pair.engine.exchanges.length;
  const error = await rejection(call);
  expect(error.code).toBe(Code.InvalidArgument);
  expect(errorReason(error)).toBe("INVALID_REQUEST");
  expect(pair.engine.exchanges).toHaveLength(before);
  return error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
}

const first = (stream: AsyncIterable<unknown>) => stream[Symbol.asyncIterator]().next();

describe.each(PROTOCOLS)("over %s", (protocol) => {
  const client = () => inferenceClient(pair.gateway.url, protocol);

  test.each<readonly [string, MessageInitShape<typeof ChatInputSchema>]>([
    ["messages", {}],
    ["messages[1].role", { messages: [user, { content: [text("Hi")] }] }],
    ["messages[0].content[1]", { messages: [{ role: Role.USER, content: [text("Hi"), {}] }] }],
    ["tools[1].name", { messages: [user], tools: [{ name: "f" }, { name: "no spaces" }] }],
    ["tool_choice", { messages: [user], toolChoice: {} }],
    ["response_format", { messages: [user], responseFormat: {} }],
    ["top_logprobs", { messages: [user], topLogprobs: 2 }],
    ["sampling.n", { messages: [user], sampling: { n: 0 } }],
    ["sampling.seed", { messages: [user], sampling: { seed: 2n ** 60n } }],
    ["sampling.temperature", { messages: [user], sampling: { temperature: Number.NaN } }],
    ["extras.temperature", { messages: [user], extras: { temperature: 1 } }],
    ["extras.stream", { messages: [user], extras: { stream: true } }],
  ])("Chat and StreamChat name %s", async (field, input) => {
    const request = asks(toBinary(ChatInputSchema, create(ChatInputSchema, input)));
    expect(await refusedFields(client().chat(request))).toEqual([field]);
    expect(await refusedFields(first(client().streamChat(request)))).toEqual([field]);
  });

  test.each<readonly [string, MessageInitShape<typeof CompletionInputSchema>]>([
    ["prompts", {}],
    ["prompts[1]", { prompts: [{ form: { case: "text", value: "Hi" } }, {}] }],
    ["logprobs", { prompts: [{ form: { case: "text", value: "Hi" } }], logprobs: 21 }],
  ])("Complete and StreamComplete name %s", async (field, input) => {
    const request = asks(toBinary(CompletionInputSchema, create(CompletionInputSchema, input)));
    expect(await refusedFields(client().complete(request))).toEqual([field]);
    expect(await refusedFields(first(client().streamComplete(request)))).toEqual([field]);
  });

  test("Embed and Tokenize name their fields", async () => {
    const embedding = create(EmbeddingInputSchema, { inputs: [{ form: { case: "text", value: "Hi" } }, {}] });
    expect(await refusedFields(client().embed(asks(toBinary(EmbeddingInputSchema, embedding))))).toEqual(["inputs[1]"]);
    const both = create(TokenizeInputSchema, { text: "Hi", messages: [user] });
    expect(await refusedFields(client().tokenize(asks(toBinary(TokenizeInputSchema, both))))).toEqual(["text"]);
  });

  test("the clear part names its fields", async () => {
    const { chat, streamChat } = client();
    for (const call of [chat, (request: Parameters<typeof streamChat>[0]) => first(streamChat(request))]) {
      expect(await refusedFields(call({ ...asks(chatPayload()), model: "" }))).toEqual(["model"]);
      expect(await refusedFields(call({ model: "m" }))).toEqual(["input"]);
      expect(await refusedFields(call(asks(Uint8Array.of(0xff))))).toEqual(["payload"]);
    }
  });

  test.each([
    ["constraints.require_verified_upstream", { requireVerifiedUpstream: true }],
    ["constraints.session_ids", { sessionIds: ["00"] }],
    ["constraints.model_digest", { modelDigest: { kind: ModelDigestKind.VERITY, value: new Uint8Array(32) } }],
    ["constraints.reproducible", { reproducible: true }],
  ])("a constraint that cannot be met is refused: %s", async (field, constraints) => {
    const error = await rejection(client().chat({ ...asks(chatPayload()), constraints }));
    expect(error.code).toBe(Code.FailedPrecondition);
    expect(errorReason(error)).toBe("CONSTRAINT_UNSATISFIED");
    expect(error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field).toBe(field);
  });

  test("a typed request is answered, and its seal says that the gateway serialised it", async () => {
    const input = create(ChatInputSchema, { messages: [user] });
    const { payload, seal } = await client().chat({ model: "m", input: { case: "chat", value: input } });
    if (seal === undefined) throw new Error("no seal");
    checkSeal(seal, toBinary(ChatInputSchema, input), [payload], pair.gateway.keys.stream);
    expect(fromBinary(SealMetadataSchema, seal.metadata).requestForm).toBe(RequestForm.TYPED);
  });
});
