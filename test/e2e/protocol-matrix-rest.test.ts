import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DemoGatewayProcess, startDemoGatewayProcess } from "../support/demo-gateway-process.ts";
import { type HttpAnswer, type HttpCaller, openHttpCaller } from "../support/http-caller.ts";
import { type Behaviour, LONG_RECITATION, SHORT_RECITATION, waysOf } from "../support/protocol-matrix.ts";
import { CHAT } from "../support/rest-call.ts";
import { sha256Hex, verifiedRecord } from "../support/signature-check.ts";

/** The parts of a chat answer, or of an event of one, that are looked at. */
interface Answer {
  readonly choices: readonly {
    readonly delta?: { readonly content?: string };
    readonly message?: { content: string };
  }[];
  readonly usage?: { readonly completion_tokens: number };
}

const ask = (prompt: string, more: object = {}): string =>
  JSON.stringify({ model: "demo", messages: [{ role: "user", content: prompt }], max_tokens: 2_000, ...more });

async function read({ body }: HttpAnswer, afterPiece?: (bytes: number) => Promise<void>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    await afterPiece?.(bytes);
  }
  return Buffer.concat(pieces);
}

/** The events of a complete stream. */
function events(body: Buffer): Answer[] {
  const data = body.toString("utf8").split("\n\n");
  expect(data.slice(-2)).toEqual(["data: [DONE]", ""]);
  return data.slice(0, -2).map((event) => JSON.parse(event.replace(/^data: /, "")) as Answer);
}

const textOf = (answers: readonly Answer[]): string =>
  answers.flatMap(({ choices }) => choices.map(({ delta }) => delta?.content ?? "")).join("");

let gateway: DemoGatewayProcess;
beforeAll(async () => {
  gateway = await startDemoGatewayProcess();
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe.each(waysOf("node"))("$name", (way) => {
  let caller: HttpCaller;
  beforeAll(() => {
    caller = openHttpCaller(way.secure ? gateway.tlsUrl : gateway.url, way.httpVersion, gateway.certificate);
  });
  afterAll(() => caller[Symbol.asyncDispose]());

  const post = (body: string, token: string | undefined = gateway.token) =>
    caller.ask({ path: CHAT, body, ...(token === "" ? {} : { token }) });

  const recordOf = ({ headers }: HttpAnswer) =>
    verifiedRecord(gateway.url, String(headers["x-receipt-id"]), { authorization: `Bearer ${gateway.token}` });

  /** Both signatures hold and cover exactly the bytes sent and received. */
  async function expectSigned(answer: HttpAnswer, sent: string, received: Buffer): Promise<void> {
    const record = await recordOf(answer);
    expect(record.status).toBe("complete");
    expect(record.text).toBe(`demo:${sha256Hex(sent)}:${sha256Hex(received)}`);
  }

  /** A stream that was left is signed as cancelled, over at least what was read. */
  async function expectSignedAsLeft(answer: HttpAnswer, sent: string, received: number): Promise<void> {
    const { status, text } = await recordOf(answer);
    expect(status).toBe("cancelled");
    const [, bytes] = /^countersign\.response\.v1:cancelled:demo:\w{64}:(\d+):\w{64}$/.exec(text) ?? [];
    expect(text).toContain(`:${sha256Hex(sent)}:`);
    expect(Number(bytes)).toBeGreaterThanOrEqual(received);
  }

  /** The caller leaves a whole answer that the engine is still working on. */
  async function leaveWholeAnswer(): Promise<void> {
    const own = openHttpCaller(way.secure ? gateway.tlsUrl : gateway.url, way.httpVersion, gateway.certificate);
    const unanswered = own.ask({ path: CHAT, token: gateway.token, body: ask(LONG_RECITATION.prompt) });
    unanswered.catch(() => {});
    const running = () => gateway.engineMetric("countersign_demo_requests_running");
    await expect.poll(running, { interval: 5 }).toBe(1);
    await own[Symbol.asyncDispose]();
  }

  const BEHAVIOUR: Readonly<Record<Exclude<Behaviour, "trailers">, () => Promise<void>>> = {
    unary: async () => {
      const sent = ask(SHORT_RECITATION.prompt);
      const answer = await post(sent);
      expect(answer).toMatchObject({ status: 200, headers: { "content-type": "application/json" } });
      const received = await read(answer);
      expect((JSON.parse(received.toString()) as Answer).choices[0]?.message?.content).toBe(SHORT_RECITATION.text);
      await expectSigned(answer, sent, received);
    },
    stream: async () => {
      const sent = ask(SHORT_RECITATION.prompt, { stream: true });
      const answer = await post(sent);
      expect(answer.status).toBe(200);
      expect(answer.headers["content-type"]).toMatch(/^text\/event-stream/);
      const received = await read(answer);
      expect(textOf(events(received))).toBe(SHORT_RECITATION.text);
      await expectSigned(answer, sent, received);
    },
    error: async () => {
      const refusal = async (body: string, token?: string) => {
        const answer = await post(body, token);
        const { error } = JSON.parse((await read(answer)).toString()) as { error: object };
        return { status: answer.status, ...error };
      };
      for (const stream of [false, true]) {
        const unknown = await refusal(JSON.stringify({ model: "other", stream, messages: [] }));
        expect(unknown).toMatchObject({ status: 404, code: "model_not_found", param: "model" });
        for (const token of ["", "wrong"]) {
          const unauthenticated = await refusal(ask("Hi", { stream }), token);
          expect(unauthenticated).toMatchObject({ status: 401, code: "unauthenticated", type: "unauthorized" });
        }
        const rejected = await refusal(ask("Hi", { stream, max_tokens: 0 }));
        expect(rejected).toMatchObject({ status: 400, param: "max_tokens" });
        const malformed = await refusal("[]");
        expect(malformed).toMatchObject({ status: 400, code: "invalid_json" });
      }
    },
    cancel: async () => {
      const sent = ask(LONG_RECITATION.prompt, { stream: true });
      let received = 0;
      const answer = await gateway.expectEngineNotices(async () => {
        const opened = await post(sent);
        for await (const piece of opened.body as AsyncIterable<Buffer>) {
          received += piece.length;
          if (received > 500) break;
        }
        opened.leave();
        return opened;
      });
      await expectSignedAsLeft(answer, sent, received);
      await gateway.expectEngineNotices(leaveWholeAnswer);
      await BEHAVIOUR.unary();
    },
    deadline: async () => {
      const sent = ask(LONG_RECITATION.prompt, { stream: true });
      let received = 0;
      const answer = await gateway.expectEngineNotices(async () => {
        const opened = await post(sent);
        // The deadline of a REST caller is its own: nothing on the wire names it.
        AbortSignal.timeout(150).addEventListener("abort", () => opened.leave());
        await read(opened, async (bytes) => {
          received = bytes;
        }).catch(() => {});
        return opened;
      });
      expect(received).toBeGreaterThan(0);
      await expectSignedAsLeft(answer, sent, received);
      await BEHAVIOUR.unary();
    },
    "slow reader": async () => {
      // More than windows and socket buffers hold, so that the engine itself has to wait.
      const many = { n: 24, logprobs: true, top_logprobs: 20, stream_options: { include_usage: true } };
      const sent = ask(`${SHORT_RECITATION.prompt} ${SHORT_RECITATION.text}`, { stream: true, ...many });
      const answer = await post(sent);
      let pauses = 0;
      const received = await read(answer, async () => {
        // A reader that is slower than the engine: the delay is the case, it waits for nothing.
        if (pauses++ < 10) await new Promise((resolve) => setTimeout(resolve, 20));
      });
      const all = events(received);
      const each = `${SHORT_RECITATION.text} ${SHORT_RECITATION.text}`;
      expect(textOf(all)).toHaveLength(each.length * many.n);
      expect(all.at(-1)?.usage?.completion_tokens).toBeGreaterThan(many.n * 16);
      await expectSigned(answer, sent, received);
    },
  };

  test.each(way.behaviours)("%s", (behaviour) => {
    if (behaviour === "trailers") throw new Error("REST has no trailers");
    return BEHAVIOUR[behaviour]();
  });
});
