import { createHash } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient, pinnedKeyset } from "../../clients/typescript/src/index.ts";
import { ChatInputSchema, Role } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import type { ClientProbe, ProbeCase, ProbeOutcome } from "./client-probe.ts";
import { type DemoGatewayProcess, startDemoGatewayProcess } from "./demo-gateway-process.ts";
import { type Behaviour, LONG_RECITATION, SHORT_RECITATION, waysOf } from "./protocol-matrix.ts";

const MAX_TOKENS = 100;

/** Hex SHA-256 of the chat input every client must have serialised, byte for byte. */
function requestDigest(prompt: string, maxTokens: number): string {
  const content = [{ part: { case: "text" as const, value: prompt } }];
  const input = create(ChatInputSchema, { messages: [{ role: Role.USER, content }], sampling: { maxTokens } });
  return createHash("sha256").update(toBinary(ChatInputSchema, input)).digest("hex");
}

/** Tests every cell of a client in another language. `start` starts its probe. */
export function testProbedClient(client: "go" | "python", start: () => Promise<ClientProbe>): void {
  let gateway: DemoGatewayProcess;
  let probe: ClientProbe;

  beforeAll(async () => {
    [gateway, probe] = await Promise.all([startDemoGatewayProcess(), start()]);
  }, 180_000);

  afterAll(async () => {
    await probe[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  describe.each(waysOf(client))("$name", (way) => {
    function ask(asked: Partial<ProbeCase> & Pick<ProbeCase, "case">): Promise<ProbeOutcome> {
      return probe.run({
        url: way.secure ? gateway.tlsUrl : gateway.url,
        ...(way.secure ? { ca: gateway.certificatePath } : {}),
        token: gateway.token,
        model: "demo",
        protocol: way.protocol,
        http: way.httpVersion === "2" ? "2" : "1",
        pin: gateway.keyset,
        prompt: SHORT_RECITATION.prompt,
        max_tokens: MAX_TOKENS,
        ...asked,
      });
    }

    /** The answer is whole, its request was hashed as here, and the gateway keeps a record that says the same. */
    async function expectWhole(outcome: ProbeOutcome): Promise<void> {
      const digest = requestDigest(SHORT_RECITATION.prompt, MAX_TOKENS);
      expect(outcome).toMatchObject({
        code: "",
        status: "complete",
        text: SHORT_RECITATION.text,
        request_digest: digest,
      });
      using own = createClient({ baseUrl: gateway.url, token: gateway.token, trust: pinnedKeyset(gateway.keyset) });
      const record = await own.getSignature(outcome.receipt_id ?? "");
      expect(record.text).toMatch(`countersign.stream.v1:complete:${digest}:${outcome.chunks}:`);
    }

    const BEHAVIOUR: Readonly<Record<Behaviour, () => Promise<void>>> = {
      unary: async () => expectWhole(await ask({ case: "unary" })),
      stream: async () => expectWhole(await ask({ case: "stream" })),
      error: async () => {
        expect(await ask({ case: "error" })).toMatchObject({ code: "call.not_found", reason: "MODEL_NOT_FOUND" });
        for (const kind of ["unary", "stream"] as const) {
          const refused = await ask({ case: kind, token: "wrong" });
          expect(refused).toMatchObject({ code: "call.unauthenticated", reason: "UNAUTHENTICATED" });
          const rejected = await ask({ case: kind, max_tokens: 0 });
          expect(rejected).toMatchObject({ code: "call.invalid_argument", reason: "ENGINE_REJECTED" });
        }
      },
      trailers: async () => {
        const { header, trailer } = await ask({ case: "trailers" });
        expect(header).toEqual(expect.arrayContaining(["x-receipt-id", "x-request-id"]));
        expect(trailer).toContain("x-receipt-id");
      },
      cancel: async () => {
        const outcome = await gateway.expectEngineNotices(() =>
          ask({ case: "cancel", prompt: LONG_RECITATION.prompt }),
        );
        expect(outcome).toMatchObject({ code: "call.cancelled", status: "" });
        expect(LONG_RECITATION.text.startsWith(outcome.text)).toBe(true);
        expect(outcome.chunks).toBeGreaterThanOrEqual(2);
      },
      deadline: async () => {
        const asked = { case: "deadline", prompt: LONG_RECITATION.prompt, deadline_ms: 400 } as const;
        const outcome = await gateway.expectEngineNotices(() => ask(asked));
        expectDeadline(outcome);
        expect(LONG_RECITATION.text.startsWith(outcome.text)).toBe(true);
      },
      "slow reader": async () => expectWhole(await ask({ case: "slow" })),
    };

    test.each(way.behaviours)("%s", (behaviour) => BEHAVIOUR[behaviour]());
  });
}

/** Client and gateway watch the same deadline, and either may be first. */
function expectDeadline({ code, status, failure_reason }: ProbeOutcome): void {
  if (code !== "seal.incomplete") expect({ code, status }).toEqual({ code: "call.deadline", status: "" });
  else expect({ status, failure_reason }).toEqual({ status: "cancelled", failure_reason: "deadline_exceeded" });
}
