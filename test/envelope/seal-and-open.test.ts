import { hash } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it, test } from "vitest";
import { constraintBytes } from "../../clients/typescript/src/envelope/constraint-bytes.ts";
import {
  createAnswerOpener,
  type EnvelopeCall,
  envelopeContext,
  sealRequest,
} from "../../clients/typescript/src/envelope/index.ts";
import { SealedErrorSchema } from "../../gen/ts/countersign/envelope/v1/envelope_pb.ts";
import { ConstraintsSchema, ModelDigestKind } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { createEnvelopeOpener } from "../../src/envelope/index.ts";
import { GatewayError } from "../../src/errors/index.ts";
import { generatedKeySource, loadSigningKeys } from "../../src/signing/index.ts";

const NOW = 1_767_225_600_000;
const keys = await loadSigningKeys(generatedKeySource(), [], NOW);
const opener = () => createEnvelopeOpener({ keys, maxRemembered: 100, now: () => NOW });
const call: EnvelopeCall = { method: "/s/M", model: "m", keysetDigest: keys.keysetDigest, keyId: keys.envelope.id };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const DIGEST_SPACE = 32;
const linked = (value: string): Uint8Array => new Uint8Array([...new Uint8Array(DIGEST_SPACE), ...text(value)]);

async function seal(to: Partial<EnvelopeCall> = {}, input = text("input")) {
  return sealRequest({ ...call, ...to }, keys.envelope.publicKey, { input, createdUnixMs: BigInt(NOW) });
}

describe("a request", () => {
  it("opens at the gateway to what was sealed", async () => {
    const { envelope, answer } = await seal();
    expect(Buffer.from(answer.requestDigest).toString("hex")).toBe(hash("sha256", envelope, "hex"));
    expect(Buffer.from((await opener().open(call, envelope)).input).toString()).toBe("input");
  });

  it("never has the same ephemeral key, key or ciphertext twice", async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => seal()));
    for (const of of [
      made.map(({ answer }) => answer.encapsulatedKey),
      made.map(({ answer }) => answer.secret),
      made.map(({ envelope }) => envelope),
    ]) {
      expect(new Set(of.map((value) => Buffer.from(value).toString("hex"))).size).toBe(8);
    }
  });

  it.each<[string, Partial<EnvelopeCall>]>([
    ["method", { method: "/s/N" }],
    ["model", { model: "n" }],
    ["a boundary between method and model", { method: "/s/Mm", model: "" }],
    ["constraints", { constraints: create(ConstraintsSchema, { reproducible: true }) }],
  ])("does not open with another %s", async (_what, other) => {
    const { envelope } = await seal();
    await expect(opener().open({ ...call, ...other }, envelope)).rejects.toMatchObject({ code: "envelope_invalid" });
  });

  it("does not open at another gateway, not even one with the same key and another keyset", async () => {
    const { envelope } = await seal();
    const later = await loadSigningKeys(generatedKeySource(), [], NOW + 1);
    for (const other of [
      later,
      { ...keys, keysetDigest: later.keysetDigest },
      { ...later, keysetDigest: keys.keysetDigest },
    ]) {
      const elsewhere = createEnvelopeOpener({ keys: other, maxRemembered: 100, now: () => NOW });
      await expect(elsewhere.open(call, envelope)).rejects.toMatchObject({ code: "envelope_key_unknown" });
    }
    // As if it named the other's key: then it is the key that does not fit.
    const named = await seal({ keyId: later.envelope.id });
    const posing = createEnvelopeOpener({
      keys: { ...later, keysetDigest: keys.keysetDigest },
      maxRemembered: 100,
      now: () => NOW,
    });
    await expect(posing.open(call, named.envelope)).rejects.toMatchObject({ code: "envelope_invalid" });
  });

  it("cannot be sealed to a key of small order", async () => {
    const sealing = sealRequest(call, new Uint8Array(32), { input: text("input"), createdUnixMs: 0n });
    await expect(sealing).rejects.toMatchObject({ code: "envelope.unavailable" });
  });
});

describe("an answer", () => {
  async function exchange() {
    const { envelope, answer } = await seal();
    return { sealer: (await opener().open(call, envelope)).sealer, reader: createAnswerOpener(answer) };
  }

  it("opens chunk by chunk to what was sealed", async () => {
    const { sealer, reader } = await exchange();
    for (let index = 0; index < 300; index++) {
      const content = "x".repeat(index * 3);
      const sealed = sealer.chunk(linked(content), false);
      const opened = await reader.take(sealed.subarray(DIGEST_SPACE));
      expect(Buffer.from(opened ?? []).toString()).toBe(content);
    }
    expect(() => reader.end()).toThrow("[envelope.truncated]");
    expect(await reader.take(sealer.chunk(undefined, true).subarray(DIGEST_SPACE))).toBeUndefined();
    reader.end();
  });

  it("never has keys of another answer, not even one to the same request", async () => {
    const { envelope, answer } = await seal();
    const chunks = await Promise.all(
      [opener(), opener()].map(async (each) => (await each.open(call, envelope)).sealer.chunk(linked("same"), true)),
    );
    expect(chunks[0]?.equals(chunks[1] ?? Buffer.alloc(0))).toBe(false);
    for (const sealed of chunks) {
      expect(Buffer.from((await createAnswerOpener(answer).take(sealed.subarray(32))) ?? []).toString()).toBe("same");
    }
  });

  it("tells an error to its caller alone, before chunks or after them", async () => {
    for (const chunks of [0, 2]) {
      const { sealer, reader } = await exchange();
      for (let index = 0; index < chunks; index++) await reader.take(sealer.chunk(linked("a"), false).subarray(32));
      const said = new GatewayError("engine_rejected", "quotes CONTENT", {
        param: "messages[CONTENT]",
        engine: { status: 404, code: "CONTENT", param: "messages[CONTENT]" },
        retryAfterSeconds: 3,
      });
      const error = sealer.error(said);
      const clear = JSON.stringify(
        [error.message, error.details.map((detail) => ("value" in detail ? detail.value : ""))],
        (_, value: unknown) =>
          typeof value === "bigint" ? String(value) : value instanceof Uint8Array ? "bytes" : value,
      );
      expect(clear).not.toContain("CONTENT");
      expect(clear).toContain("ENGINE_REJECTED");
      const [sealed = create(SealedErrorSchema)] = error.findDetails(SealedErrorSchema);
      expect(sealed.ciphertext.length).toBe(1024 + 16);
      expect(await reader.error(sealed)).toMatchObject({
        reason: "ENGINE_REJECTED",
        message: "quotes CONTENT",
        field: "messages[CONTENT]",
        metadata: { engine_status: "404", engine_code: "CONTENT" },
      });
    }
  });
});

describe("constraints in the context", () => {
  const each: MessageInitShape<typeof ConstraintsSchema>[] = [
    {},
    { requireVerifiedUpstream: true },
    { sessionIds: ["a"] },
    { sessionIds: ["a", ""] },
    { sessionIds: ["", "a"] },
    { sessionIds: ["aa"] },
    { modelDigest: {} },
    { modelDigest: { kind: ModelDigestKind.NONE } },
    { modelDigest: { kind: ModelDigestKind.VERITY, value: Uint8Array.of(1) } },
    { modelDigest: { kind: ModelDigestKind.VERITY, value: Uint8Array.of(1, 0) } },
    { forbidServerSideTools: true },
    { reproducible: true },
    { requireEnvelope: true },
    { reproducible: true, requireEnvelope: true },
  ];

  it("differ wherever constraints differ", () => {
    const contexts = each.map((constraints) =>
      Buffer.from(envelopeContext({ ...call, constraints: create(ConstraintsSchema, constraints) })).toString("hex"),
    );
    expect(new Set(contexts).size).toBe(each.length);
  });

  test("cover every field the schema has", () => {
    expect(ConstraintsSchema.fields.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(constraintBytes(undefined)).toEqual(constraintBytes(create(ConstraintsSchema)));
  });
});
