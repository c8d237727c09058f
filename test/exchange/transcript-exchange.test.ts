import { create, fromBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  ConstraintsSchema,
  ModelDigestKind,
  ProofOptionsSchema,
  RequestForm,
  type Seal,
  SealMetadataSchema,
  SealStatus,
} from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { DIGEST_BYTES, sha256, TranscriptExchange } from "../../src/exchange/index.ts";
import { verifyText } from "../../src/signing/index.ts";
import { checkSeal } from "../support/transcript-check.ts";
import { exchangeServices, ORIGIN, SCOPE, sample } from "./services.ts";

const REQUEST = Buffer.from("request payload");
const POLICY = {
  checkpointChunks: 4,
  checkpointIntervalMs: 2000,
  minCheckpointChunks: 2,
  minCheckpointIntervalMs: 500,
};
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");

async function exchange(proof?: { checkpointChunks?: number; checkpointIntervalMs?: number }) {
  const services = await exchangeServices();
  const made = new TranscriptExchange(services, { ...ORIGIN, door: "grpc" }, POLICY, {
    payload: REQUEST,
    form: RequestForm.PAYLOAD,
    method: "/countersign.inference.v1.InferenceService/StreamChat",
    constraints: create(ConstraintsSchema, { sessionIds: ["s"], reproducible: true }),
    proof: proof === undefined ? undefined : create(ProofOptionsSchema, proof),
  });
  return { services, exchange: made };
}

function absorb(to: TranscriptExchange, text: string): Buffer {
  const payload = Buffer.from(text);
  to.transcript.absorb(Buffer.concat([Buffer.alloc(DIGEST_BYTES), payload]));
  return payload;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "Date"], now: 1_767_225_600_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("accepted", () => {
  it("names the request, the receipt, the keyset and that no model digest is known", async () => {
    const { services, exchange: made } = await exchange();
    const accepted = made.accepted();
    expect(hex(accepted.requestDigest)).toBe(hex(sha256(REQUEST)));
    expect(accepted.receiptId).toBe(made.receiptId);
    expect(made.receiptId).toMatch(/^rcpt-[0-9a-f-]{36}$/);
    expect(hex(accepted.keysetDigest)).toBe(hex(services.keys.keysetDigest));
    expect(accepted.modelDigest).toMatchObject({ kind: ModelDigestKind.NONE, value: new Uint8Array() });
  });
});

describe("the seal", () => {
  it.each([
    ["complete", SealStatus.COMPLETE, ""],
    ["upstream_failed", SealStatus.UPSTREAM_FAILED, "engine_truncated"],
    ["cancelled", SealStatus.CANCELLED, "cancelled"],
  ] as const)(
    "%s covers everything sent, says everything known and can be looked up (G11)",
    async (word, status, reason) => {
      const { services, exchange: made } = await exchange();
      const payloads = ["one", "", "three"].map((text) => absorb(made, text));
      made.responseId = "chatcmpl-1";
      made.usage = { promptTokens: 5, completionTokens: 7, totalTokens: 12, cachedTokens: 1, reasoningTokens: 2 };
      vi.setSystemTime(1_767_225_601_000);
      const seal: Seal = made.seal(word, reason);
      expect(seal.status).toBe(status);
      const metadata = checkSeal(seal, REQUEST, payloads, services.keys.stream);
      expect(metadata).toMatchObject({
        method: "/countersign.inference.v1.InferenceService/StreamChat",
        model: ORIGIN.model,
        modelDigest: { kind: ModelDigestKind.NONE },
        responseId: "chatcmpl-1",
        receiptId: made.receiptId,
        createdUnixMs: 1_767_225_600_000n,
        sealedUnixMs: 1_767_225_601_000n,
        usage: { promptTokens: 5n, completionTokens: 7n, totalTokens: 12n, cachedTokens: 1n, reasoningTokens: 2n },
        constraints: { sessionIds: ["s"], reproducible: true, requireVerifiedUpstream: false },
        requestForm: RequestForm.PAYLOAD,
        failureReason: reason,
      });
      expect(hex(metadata.keysetDigest)).toBe(hex(services.keys.keysetDigest));
      expect(hex(metadata.bodyDigest)).toBe(hex(sha256(Buffer.concat(payloads))));
      for (const id of [made.receiptId, "chatcmpl-1"]) {
        expect(services.signatures.get(SCOPE, id)).toMatchObject({ text: seal.signedText, status: word });
      }
      expect(
        await sample(
          services,
          `countersign_exchanges_total{door="grpc",operation="/v1/chat/completions",status="${word}"}`,
        ),
      ).toBe(1);
    },
  );

  it("is made with the stream keys, not those of REST texts (G14)", async () => {
    const { services, exchange: made } = await exchange();
    const seal = made.seal("complete");
    const { stream, response } = services.keys;
    expect([seal.ecdsa?.keyId, seal.ed25519?.keyId]).toEqual([stream.ecdsaKeyId, stream.ed25519KeyId]);
    const value = seal.ed25519?.value ?? new Uint8Array();
    expect(verifyText([stream], seal.signedText, stream.ed25519KeyId, value)).toBeUndefined();
    expect(verifyText([response], seal.signedText, response.ed25519KeyId, value)).toBeDefined();
  });

  it("of an exchange without a chunk ends the chain where it began", async () => {
    const { services, exchange: made } = await exchange();
    const seal = made.seal("upstream_failed", "engine_unreachable");
    expect(seal.chunkCount).toBe(0n);
    checkSeal(seal, REQUEST, [], services.keys.stream);
    // No id of the engine: the receipt's id takes its place (G16).
    expect(fromBinary(SealMetadataSchema, seal.metadata).responseId).toBe(made.receiptId);
    expect(fromBinary(SealMetadataSchema, seal.metadata).usage).toBeUndefined();
    expect(services.signatures.get(SCOPE, made.receiptId)?.status).toBe("upstream_failed");
  });

  it("goes into the log with counts and ids, and without the caller's id or content", async () => {
    const { services, exchange: made } = await exchange();
    absorb(made, "SECRET");
    made.seal("complete");
    expect(services.records.map(({ event }) => event)).toEqual(["exchange"]);
    expect(services.records[0]?.fields).toMatchObject({ caller: "token-1", bytes: 6, status: "complete" });
    const text = JSON.stringify(services.records);
    expect(text).not.toContain("SECRET");
    expect(text).not.toContain(ORIGIN.caller.id);
    expect(made.finished).toBe(true);
  });
});

describe("checkpoints", () => {
  /** After how many of twelve chunks, all in one moment, a checkpoint is due. */
  async function dueAfter(proof?: { checkpointChunks?: number }): Promise<number[]> {
    const { exchange: made } = await exchange(proof);
    return Array.from({ length: 12 }, (_, index) => {
      absorb(made, `chunk ${index}`);
      return made.dueCheckpoint() === undefined ? 0 : index + 1;
    }).filter((count) => count > 0);
  }

  it.each([
    ["the operator's default", undefined, [4, 8, 12]],
    ["the default for zero", { checkpointChunks: 0 }, [4, 8, 12]],
    ["what the caller asks", { checkpointChunks: 3 }, [3, 6, 9, 12]],
    ["no more often than the operator allows", { checkpointChunks: 1 }, [2, 4, 6, 8, 10, 12]],
    ["as seldom as the caller asks", { checkpointChunks: 100 }, []],
  ])("come after chunks: %s", async (_what, proof, expected) => {
    expect(await dueAfter(proof)).toEqual(expected);
  });

  it.each([
    ["the operator's default", undefined, 2000],
    ["what the caller asks", { checkpointIntervalMs: 700 }, 700],
    ["no more often than the operator allows", { checkpointIntervalMs: 1 }, 500],
  ])("come after a time: %s", async (_what, proof, interval) => {
    const { exchange: made } = await exchange(proof);
    absorb(made, "a");
    vi.advanceTimersByTime(interval - 1);
    expect(made.dueCheckpoint()).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(made.dueCheckpoint()?.sequence).toBe(1n);
    // The time begins anew, and nothing is due without a new chunk.
    vi.advanceTimersByTime(10 * interval);
    expect(made.dueCheckpoint()).toBeUndefined();
    absorb(made, "b");
    expect(made.dueCheckpoint()?.sequence).toBe(2n);
    absorb(made, "c");
    expect(made.dueCheckpoint()).toBeUndefined();
  });

  it("sign the chain as it stands, with the stream key", async () => {
    const { services, exchange: made } = await exchange({ checkpointChunks: 2 });
    absorb(made, "a");
    absorb(made, "b");
    const checkpoint = made.dueCheckpoint();
    const { stream } = services.keys;
    const text = `countersign.checkpoint.v1:${hex(sha256(REQUEST))}:2:${hex(made.transcript.runningHash)}`;
    expect(checkpoint?.ed25519?.keyId).toBe(stream.ed25519KeyId);
    expect(hex(checkpoint?.runningHash ?? new Uint8Array())).toBe(hex(made.transcript.runningHash));
    const value = checkpoint?.ed25519?.value ?? new Uint8Array();
    expect(verifyText([stream], text, stream.ed25519KeyId, value)).toBeUndefined();
    // Kept: what was handed out must not change with the next chunk.
    const kept = hex(checkpoint?.runningHash ?? new Uint8Array());
    absorb(made, "c");
    expect(hex(checkpoint?.runningHash ?? new Uint8Array())).toBe(kept);
  });
});
