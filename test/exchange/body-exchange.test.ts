import { hash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { BodyExchange } from "../../src/exchange/index.ts";
import type { ResponseTextForm } from "../../src/signing/index.ts";
import { verifyText } from "../../src/signing/index.ts";
import { exchangeServices, ORIGIN, SCOPE, sample } from "./services.ts";

const REQUEST = Buffer.from('{"model":"m"}');
const Q = hash("sha256", REQUEST, "hex");
let services: Awaited<ReturnType<typeof exchangeServices>>;

beforeEach(async () => {
  services = await exchangeServices();
});

function exchange(form: ResponseTextForm = "model-request-response"): BodyExchange {
  return new BodyExchange(services, ORIGIN, form, REQUEST);
}

const textOf = (made: BodyExchange): string | undefined => services.signatures.get(SCOPE, made.receiptId)?.text;

describe("a complete answer", () => {
  it("is signed over the very bytes, however they were cut (G02), before finish returns (G01)", () => {
    const made = exchange();
    for (const piece of ["data: h", "", "é✓", "\n\ndata: [DONE]\n\n"]) made.absorb(Buffer.from(piece));
    made.responseId = "chatcmpl-1";
    made.finish("complete");
    const record = services.signatures.get(SCOPE, "chatcmpl-1");
    expect(record?.text).toBe(`${ORIGIN.model}:${Q}:${hash("sha256", "data: hé✓\n\ndata: [DONE]\n\n", "hex")}`);
    expect(record).toMatchObject({ status: "complete", receiptId: made.receiptId });
    const { response, stream } = services.keys;
    const { ecdsa, ed25519 } = record?.signature ?? { ecdsa: new Uint8Array(), ed25519: new Uint8Array() };
    expect(verifyText([response], record?.text ?? "", response.ecdsaKeyId, ecdsa)).toBeUndefined();
    expect(verifyText([response], record?.text ?? "", response.ed25519KeyId, ed25519)).toBeUndefined();
    expect(verifyText([stream], record?.text ?? "", stream.ecdsaKeyId, ecdsa)).toBeDefined();
  });

  it("may be signed without the model", () => {
    const made = exchange("request-response");
    made.finish("complete");
    expect(textOf(made)).toBe(`${Q}:${hash("sha256", "", "hex")}`);
  });

  it("without an id of the engine is found by its receipt (G16)", () => {
    const made = exchange();
    made.finish("complete");
    expect(services.signatures.get(SCOPE, made.receiptId)?.responseId).toBe(made.receiptId);
  });

  it("is signed once if nothing comes after the seal, and again if something does", async () => {
    const signings = () => sample(services, "signature_generation_duration_seconds_count");
    const made = exchange();
    made.absorb(Buffer.from("a"));
    made.seal("complete");
    made.seal("complete");
    made.finish("complete");
    expect(await signings()).toBe(1);
    const other = exchange();
    other.absorb(Buffer.from("a"));
    other.seal("complete");
    other.absorb(Buffer.from("b"));
    other.finish("complete");
    expect(await signings()).toBe(3);
    expect(textOf(other)).toBe(`${ORIGIN.model}:${Q}:${hash("sha256", "ab", "hex")}`);
  });
});

describe("an answer that breaks off", () => {
  it.each(["upstream_failed", "cancelled"] as const)("is signed as %s, with what was sent (G11, S04)", (status) => {
    const made = exchange();
    made.absorb(Buffer.from("half"));
    made.finish(status, "engine_truncated");
    expect(textOf(made)).toBe(
      `countersign.response.v1:${status}:${ORIGIN.model}:${Q}:4:${hash("sha256", "half", "hex")}`,
    );
    expect(services.signatures.get(SCOPE, made.receiptId)?.status).toBe(status);
  });

  it("after its seal as complete is signed anew: the first signature cannot be looked up any more", () => {
    const made = exchange();
    made.absorb(Buffer.from("data: [DONE]"));
    made.seal("complete");
    expect(services.signatures.get(SCOPE, made.receiptId)?.status).toBe("complete");
    made.finish("upstream_failed", "engine_stream_error");
    expect(services.signatures.get(SCOPE, made.receiptId)?.status).toBe("upstream_failed");
    expect(services.signatures.size).toBe(1);
  });
});

describe("the account", () => {
  it("is settled once, whatever follows (G12)", async () => {
    const made = exchange();
    expect(await sample(services, "countersign_exchanges_active")).toBe(1);
    made.usage = { promptTokens: 5, completionTokens: 7, totalTokens: 12, cachedTokens: 0, reasoningTokens: 0 };
    made.finish("complete");
    made.finish("cancelled", "cancelled");
    made.refuse("cancelled");
    expect(services.records).toHaveLength(1);
    expect(services.signatures.get(SCOPE, made.receiptId)?.status).toBe("complete");
    expect(await sample(services, "countersign_exchanges_active")).toBe(0);
    expect(await sample(services, 'countersign_tokens_total{kind="completion"}')).toBe(7);
  });

  it("of a refused exchange is settled without a signature", async () => {
    for (const [reason, status] of [
      ["cancelled", "cancelled"],
      ["engine_unreachable", "upstream_failed"],
    ] as const) {
      const made = exchange();
      made.refuse(reason);
      expect(made.finished).toBe(true);
      expect(textOf(made)).toBeUndefined();
      expect(services.records.at(-1)?.fields).toMatchObject({ status, reason, bytes: 0 });
    }
    expect(await sample(services, 'http_errors_total{error_type="engine_unreachable"}')).toBe(1);
  });

  it("holds no content and no token", () => {
    const made = exchange();
    made.absorb(Buffer.from("SECRET"));
    made.finish("complete");
    expect(services.records[0]?.fields).toMatchObject({ caller: "token-1", bytes: 6, request_id: "req-1" });
    expect(JSON.stringify(services.records)).not.toMatch(/SECRET|cccccccc/);
  });
});
