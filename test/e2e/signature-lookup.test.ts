import { fromBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SignatureService } from "../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import { SealMetadataSchema, SealStatus } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import {
  answerWith,
  chatAnswer,
  chunk,
  DONE,
  delta,
  healthy,
  LAST_CHUNK,
  STREAM_HEAD,
  streamOf,
  wantsStream,
} from "../support/engine-answers.ts";
import { OTHER_TOKEN, type TestGateway } from "../support/gateway.ts";
import { CHAT, chatBody, keepAliveAgent, openRest, type RestAnswer, rest } from "../support/rest-call.ts";
import { chatPayload, chatRequest, inferenceClient, transportTo } from "../support/rpc-client.ts";
import { lookUp, type SignatureAnswer, sha256Hex, signatureHolds, verifiedRecord } from "../support/signature-check.ts";
import { checkStream } from "../support/transcript-check.ts";

let pair: EngineAndGateway;
let gateway: TestGateway;

beforeAll(async () => {
  let count = 0;
  pair = await startEngineAndGateway((exchange) => healthy(`chatcmpl-${++count}`)(exchange));
  gateway = pair.gateway;
});

afterAll(() => pair[Symbol.asyncDispose]());

const OTHER = { authorization: `Bearer ${OTHER_TOKEN}` };

function errorOf(answer: RestAnswer): { status: number; code: unknown; message: unknown } {
  const { error } = JSON.parse(answer.body.toString("utf8")) as { error: Record<string, unknown> };
  return { status: answer.status, code: error["code"], message: error["message"] };
}

describe("a signature is there when the last byte is", () => {
  const LOOKUPS = 500;
  const WORKERS = 16;

  /** Makes LOOKUPS calls on kept connections; `id` gives what to look for as soon as an answer has been read. */
  async function immediately(stream: boolean, id: (answer: RestAnswer) => string): Promise<void> {
    using agent = keepAliveAgent(WORKERS);
    using lookups = keepAliveAgent(WORKERS);
    const missing: string[] = [];
    let left = LOOKUPS;
    const work = async (): Promise<void> => {
      while (left-- > 0) {
        const answer = await readUntilComplete(agent, stream);
        const found = await lookUp(gateway.url, id(answer), "ecdsa", { agent: lookups });
        const record = JSON.parse(found.body.toString("utf8")) as SignatureAnswer;
        if (found.status !== 200 || !record.text.endsWith(sha256Hex(answer.body))) missing.push(String(found.body));
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    expect(missing).toEqual([]);
  }

  /** Returns at the last byte of the body, without waiting for the framing behind it. */
  async function readUntilComplete(agent: ReturnType<typeof keepAliveAgent>, stream: boolean): Promise<RestAnswer> {
    const { response } = await openRest(gateway.url, { path: CHAT, body: chatBody(stream), agent });
    const pieces: Buffer[] = [];
    let length = 0;
    const whole = Number(response.headers["content-length"] ?? Number.NaN);
    await new Promise<void>((resolve) => {
      response.on("data", (piece: Buffer) => {
        pieces.push(piece);
        length += piece.length;
        if (stream ? Buffer.concat(pieces).includes(DONE) : length === whole) resolve();
      });
    });
    const body = Buffer.concat(pieces);
    return { status: response.statusCode ?? 0, headers: response.headers, body, cut: false };
  }

  const responseId = (answer: RestAnswer): string => /"id":"([^"]+)"/.exec(answer.body.toString("utf8"))?.[1] ?? "";
  const receiptId = (answer: RestAnswer): string => String(answer.headers["x-receipt-id"]);

  test("streaming, by response id", () => immediately(true, responseId));
  test("streaming, by receipt id", () => immediately(true, receiptId));
  test("not streaming, by response id", () => immediately(false, responseId));
  test("not streaming, by receipt id", () => immediately(false, receiptId));
});

test("a signature is there at [DONE], before the engine has ended its answer", async () => {
  const answered = Promise.withResolvers<void>();
  const script = pair.engine.script;
  pair.engine.script = async (exchange) => {
    await exchange.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(delta("early", "x") + DONE)]));
    await answered.promise;
    await exchange.write(LAST_CHUNK);
  };
  const body = chatBody(true);
  const { response } = await openRest(gateway.url, { path: CHAT, body });
  let received = "";
  for await (const piece of response) {
    received += String(piece);
    if (!received.endsWith(DONE)) continue;
    const record = await verifiedRecord(gateway.url, "early");
    expect(record.text).toBe(`m:${sha256Hex(body)}:${sha256Hex(received)}`);
    answered.resolve();
  }
  pair.engine.script = script;
});

describe("a lookup", () => {
  let answer: RestAnswer;
  const body = chatBody(false);
  beforeAll(async () => {
    answer = await rest(gateway.url, { path: CHAT, body });
  });

  test("gives both signatures by both ids, under keys that do not change", async () => {
    const id = (JSON.parse(answer.body.toString("utf8")) as { id: string }).id;
    const receipt = String(answer.headers["x-receipt-id"]);
    for (const name of [id, receipt]) {
      const record = await verifiedRecord(gateway.url, name);
      expect(record).toMatchObject({
        text: `m:${sha256Hex(body)}:${sha256Hex(answer.body)}`,
        response_id: id,
        receipt_id: receipt,
        status: "complete",
        signing_address: gateway.keys.response.ecdsaAddress,
      });
    }
  });

  test("without an algorithm gives the ECDSA signature", async () => {
    const found = await lookUp(gateway.url, String(answer.headers["x-receipt-id"]));
    expect(JSON.parse(found.body.toString("utf8")).signing_algo).toBe("ecdsa");
  });

  test("is for the caller who asked alone", async () => {
    const found = await lookUp(gateway.url, String(answer.headers["x-receipt-id"]), "ecdsa", OTHER);
    expect(errorOf(found)).toMatchObject({ status: 404, code: "signature_not_found" });
  });

  test("of an unknown id is 404 whatever the algorithm, of a known one with a bad algorithm 400", async () => {
    const missing = await lookUp(gateway.url, "no-such-id", "rsa");
    expect(errorOf(missing)).toEqual({
      status: 404,
      code: "signature_not_found",
      message: "Chat id not found or expired",
    });
    const bad = await lookUp(gateway.url, String(answer.headers["x-receipt-id"]), "rsa");
    expect(errorOf(bad)).toEqual({
      status: 400,
      code: "invalid_request",
      message: "Invalid signing algorithm. Must be 'ed25519' or 'ecdsa'",
    });
  });

  test.each(["%", "%zz", "%ff", "a%2fb", "x".repeat(257), "__proto__"])("of the odd id %s is refused", async (id) => {
    const found = await rest(gateway.url, { path: `/v1/signature/${id}` });
    expect([400, 404]).toContain(found.status);
    expect(errorOf(found).code).toMatch(/^(?:invalid_request|signature_not_found)$/);
  });

  test("over RPC gives the same record", async () => {
    const id = String(answer.headers["x-receipt-id"]);
    const viaRest = await verifiedRecord(gateway.url, id);
    for (const protocol of ["connect", "grpc", "grpc-web"] as const) {
      const record = await createClient(SignatureService, transportTo(gateway.url, protocol)).getSignature({ id });
      expect(record.text).toBe(viaRest.text);
      expect(`0x${Buffer.from(record.ecdsa?.value ?? []).toString("hex")}`).toBe(viaRest.signature);
      expect(record.ecdsa?.keyId).toBe(viaRest.key_id);
      expect(record).toMatchObject({
        status: SealStatus.COMPLETE,
        responseId: viaRest.response_id,
        receiptId: id,
        ecdsaAddress: viaRest.signing_address,
      });
    }
  });

  test("over REST gives the signatures of an RPC stream, made with keys of another role", async () => {
    const payload = chatPayload();
    const stream = inferenceClient(gateway.url, "grpc").streamChat(chatRequest(payload));
    const checked = await checkStream(stream, payload, gateway.keys.stream);
    const record = await verifiedRecord(gateway.url, checked.receiptId);
    expect(record.text).toMatch(/^countersign\.stream\.v1:complete:/);
    expect(record.signing_address).toBe(gateway.keys.stream.ecdsaAddress);
    expect(gateway.keys.stream.ecdsaAddress).not.toBe(gateway.keys.response.ecdsaAddress);
  });
});

describe("ids that collide", () => {
  /** Answers with the same id to everybody, with a text of their own. */
  const sameId = (id: string, prefix: string) => {
    let count = 0;
    pair.engine.script = (exchange) =>
      wantsStream(exchange)
        ? streamOf(delta(id, `${prefix}-${++count}`), DONE)(exchange)
        : answerWith(200, chatAnswer(id, `${prefix}-${++count}`))(exchange);
  };

  test.each([true, false])("across callers never meet (stream: %s)", async (stream) => {
    sameId("shared-id", "text");
    const body = chatBody(stream);
    const mine = await rest(gateway.url, { path: CHAT, body });
    const theirs = await rest(gateway.url, { path: CHAT, body, ...OTHER });
    expect(mine.body.equals(theirs.body)).toBe(false);
    expect((await verifiedRecord(gateway.url, "shared-id")).text).toBe(`m:${sha256Hex(body)}:${sha256Hex(mine.body)}`);
    const record = await verifiedRecord(gateway.url, "shared-id", OTHER);
    expect(record.text).toBe(`m:${sha256Hex(body)}:${sha256Hex(theirs.body)}`);
  });

  test("of one caller name the latest, and both by their receipts", async () => {
    sameId("again", "text");
    const body = chatBody(false);
    const answers = [await rest(gateway.url, { path: CHAT, body }), await rest(gateway.url, { path: CHAT, body })];
    const [first = "", second = ""] = answers.map((answer) => sha256Hex(answer.body));
    expect(first).not.toBe(second);
    expect((await verifiedRecord(gateway.url, "again")).text).toMatch(new RegExp(`${second}$`));
    const [one, two] = answers.map((answer) => String(answer.headers["x-receipt-id"]));
    expect((await verifiedRecord(gateway.url, one ?? "")).text).toMatch(new RegExp(`${first}$`));
    expect((await verifiedRecord(gateway.url, two ?? "")).text).toMatch(new RegExp(`${second}$`));
  });

  test("with another's receipt id reach nothing but the record of the id's own caller", async () => {
    sameId("victim", "text");
    const victim = await rest(gateway.url, { path: CHAT, body: chatBody(false) });
    const receipt = String(victim.headers["x-receipt-id"]);
    sameId(receipt, "forged");
    await rest(gateway.url, { path: CHAT, body: chatBody(false), ...OTHER });
    await rest(gateway.url, { path: CHAT, body: chatBody(false) });
    expect((await verifiedRecord(gateway.url, receipt)).text).toMatch(new RegExp(`${sha256Hex(victim.body)}$`));
  });

  test.each(["", "x".repeat(257)])("that are no ids (%j) are replaced by the receipt id", async (id) => {
    sameId(id, "text");
    const answer = await rest(gateway.url, { path: CHAT, body: chatBody(false) });
    const receipt = String(answer.headers["x-receipt-id"]);
    expect((await verifiedRecord(gateway.url, receipt)).response_id).toBe(receipt);
    expect((await rest(gateway.url, { path: `/v1/signature/${id}` })).status).toBe(404);
  });

  test.each(["a/b?c#d", "é😀", "a b", "%2e%2e", "../x", '"quoted"'])(
    "with odd characters (%s) are found",
    async (id) => {
      sameId(id, "text");
      await rest(gateway.url, { path: CHAT, body: chatBody(true) });
      expect((await verifiedRecord(gateway.url, id)).response_id).toBe(id);
    },
  );
});

test("the form request:response is signed on request", async () => {
  await using two = await startEngineAndGateway(healthy("two-parts"), {
    env: { COUNTERSIGN_SIGNATURES_TEXT: "request-response" },
  });
  const body = chatBody(true);
  const answer = await rest(two.gateway.url, { path: CHAT, body });
  expect((await verifiedRecord(two.gateway.url, "two-parts")).text).toBe(
    `${sha256Hex(body)}:${sha256Hex(answer.body)}`,
  );
});

test("a lookup may ask for the other form of the text", async () => {
  const body = chatBody(true);
  const answer = await rest(gateway.url, { path: CHAT, body });
  const path = `/v1/signature/${answer.headers["x-receipt-id"]}`;
  const digests = `${sha256Hex(body)}:${sha256Hex(answer.body)}`;
  for (const [form, text] of [
    ["request-response", digests],
    ["model-request-response", `m:${digests}`],
  ]) {
    for (const algorithm of ["ecdsa", "ed25519"]) {
      const found = await rest(gateway.url, { path: `${path}?text=${form}&signing_algo=${algorithm}` });
      const record = JSON.parse(found.body.toString("utf8")) as SignatureAnswer;
      expect(record.text).toBe(text);
      expect(signatureHolds(record)).toBe(true);
    }
  }
  expect(errorOf(await rest(gateway.url, { path: `${path}?text=other` }))).toMatchObject({
    status: 400,
    code: "invalid_request",
  });
});

test("a model name with colons leaves the last two parts the digests", async () => {
  await using colons = await startEngineAndGateway(healthy("colons"), { env: { MODEL_NAME: "org/a:b:7b" } });
  const body = chatBody(false).replace('"model":"m"', '"model":"org/a:b:7b"');
  const answer = await rest(colons.gateway.url, { path: CHAT, body });
  const { text } = await verifiedRecord(colons.gateway.url, "colons");
  expect(text).toBe(`org/a:b:7b:${sha256Hex(body)}:${sha256Hex(answer.body)}`);
});

test("a signature is forgotten after its time", async () => {
  await using short = await startEngineAndGateway(healthy("short"), { env: { CHAT_CACHE_EXPIRATION: "1" } });
  await rest(short.gateway.url, { path: CHAT, body: chatBody(false) });
  const record = await verifiedRecord(short.gateway.url, "short");
  const expires = Date.parse((record as unknown as { expires: string }).expires);
  let found = await lookUp(short.gateway.url, "short");
  while (found.status === 200) {
    // It must not outlive what it says, but for the time an answer takes to come back.
    expect(Date.now()).toBeLessThan(expires + 10_000);
    found = await lookUp(short.gateway.url, "short");
  }
  expect(errorOf(found).status).toBe(404);
  expect(Date.now()).toBeGreaterThanOrEqual(expires);
});

test("beyond the bound the oldest are forgotten", async () => {
  let count = 0;
  await using small = await startEngineAndGateway((exchange) => healthy(`id-${++count}`)(exchange), {
    env: { COUNTERSIGN_SIGNATURES_MAX_ENTRIES: "3" },
  });
  for (let i = 0; i < 5; i++) await rest(small.gateway.url, { path: CHAT, body: chatBody(i % 2 === 0) });
  const statuses = [];
  for (let i = 1; i <= 5; i++) statuses.push((await lookUp(small.gateway.url, `id-${i}`)).status);
  expect(statuses).toEqual([404, 404, 200, 200, 200]);
});

test.each([true, false])("an answer names the keys that sign it: stream %s", async (stream) => {
  const answer = await rest(gateway.url, { path: CHAT, body: chatBody(stream) });
  const ids: unknown[] = [];
  for (const algorithm of ["ecdsa", "ed25519"]) {
    const found = await lookUp(gateway.url, String(answer.headers["x-receipt-id"]), algorithm);
    ids.push((JSON.parse(found.body.toString("utf8")) as { key_id: unknown }).key_id);
  }
  expect(answer.headers["x-signing-key-ids"]).toBe(ids.join(", "));
});

describe("the text of a signature in the form that was asked for", () => {
  const inForm = async (id: unknown, algorithm: string, form: string): Promise<RestAnswer> =>
    rest(gateway.url, { path: `/v1/signature/${String(id)}?signing_algo=${algorithm}&text=${form}` });

  test.each(["ecdsa", "ed25519"])("is without the model, and signed with %s", async (algorithm) => {
    const body = chatBody(false);
    const answer = await rest(gateway.url, { path: CHAT, body });
    const digests = `${sha256Hex(body)}:${sha256Hex(answer.body)}`;
    for (const [form, text] of [
      ["request-response", digests],
      ["model-request-response", `m:${digests}`],
    ] as const) {
      const found = await inForm(answer.headers["x-receipt-id"], algorithm, form);
      const record = JSON.parse(found.body.toString("utf8")) as SignatureAnswer;
      expect(record.text).toBe(text);
      expect(signatureHolds(record)).toBe(true);
    }
  });

  test("is refused for a form that does not exist", async () => {
    const answer = await rest(gateway.url, { path: CHAT, body: chatBody(false) });
    const refused = await inForm(answer.headers["x-receipt-id"], "ecdsa", "response");
    expect(errorOf(refused)).toMatchObject({ status: 400, code: "invalid_request" });
  });

  test("is that of the stream for a native stream, which has one form only", async () => {
    const client = inferenceClient(gateway.url, "grpc");
    const { seal } = await client.chat(chatRequest());
    const found = await inForm(
      seal?.signedText === undefined ? "" : receiptOf(seal.metadata),
      "ecdsa",
      "request-response",
    );
    const record = JSON.parse(found.body.toString("utf8")) as SignatureAnswer;
    expect(record.text).toBe(seal?.signedText);
    expect(signatureHolds(record)).toBe(true);
  });
});

function receiptOf(metadata: Uint8Array): string {
  return fromBinary(SealMetadataSchema, metadata).receiptId;
}
