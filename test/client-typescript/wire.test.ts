import { fromBinary } from "@bufbuild/protobuf";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { CountersignError, createClient, keysetBytes } from "../../clients/typescript/src/index.ts";
import { ChatInputSchema } from "../../gen/ts/countersign/inference/v1/chat_pb.ts";
import { ConstraintsSchema } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { CallJson } from "../../tools/vectors/defaults.ts";
import { listenRaw, type RawStream } from "./support/raw-gateway.ts";
import { transcriptFile } from "./support/vectors.ts";

/** Plays prepared bytes to the whole client over a socket, and says what came out. */
async function play(call: CallJson, keyset: string, stream: RawStream) {
  await using server = await listenRaw(() => stream);
  using client = createClient({
    baseUrl: server.url,
    httpVersion: "1.1",
    trust: keysetBytes(hexToBytes(keyset)),
    now: () => transcriptFile.verify_at_unix_ms,
  });
  const { messages } = fromBinary(ChatInputSchema, hexToBytes(call.request_payload));
  const constraints =
    call.constraints === null ? {} : { constraints: fromBinary(ConstraintsSchema, hexToBytes(call.constraints)) };
  const chunks = client.streamChat({ model: call.model, messages }, constraints);
  let count = 0;
  try {
    for await (const _ of chunks) count += 1;
    return { count, code: null, text: (await chunks.seal).signedText };
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    return { count, code: error.code, text: undefined };
  }
}

const bytesOf = (messages: readonly string[]): Uint8Array[] => messages.map((message) => hexToBytes(message));

describe("the client over a socket", () => {
  it.each(transcriptFile.transcripts.map((vector) => [vector.name, vector] as const))(
    "reads: %s",
    async (_, vector) => {
      const found = await play(vector.call, transcriptFile.keyset, {
        messages: bytesOf(vector.messages),
        pieceLength: 977,
      });
      expect(found.code).toBe(vector.code);
      expect(found.count).toBe(vector.payloads.length);
      if (vector.code === null) expect(found.text).toBe(vector.signed_text);
    },
  );

  it.each(transcriptFile.negatives.map((vector) => [`${vector.name}: ${vector.code}`, vector] as const))(
    "refuses: %s",
    async (_, vector) => {
      const found = await play(vector.call, vector.keyset, { messages: bytesOf(vector.messages) });
      expect(found).toEqual({ count: vector.verified_chunks, code: vector.code, text: undefined });
    },
  );

  it.each(["cut", "silent-end"] as const)(
    "refuses a whole stream whose connection ends without the protocol's end: %s",
    async (ending) => {
      const [, , vector] = transcriptFile.transcripts;
      if (vector === undefined) throw new Error("no such vector");
      const found = await play(vector.call, transcriptFile.keyset, { messages: bytesOf(vector.messages), ending });
      expect(found.code).toMatch(/^call\./);
      expect(found.text).toBeUndefined();
    },
  );

  it.each(transcriptFile.unary.map((vector) => [`${vector.name}: ${vector.code ?? "verifies"}`, vector] as const))(
    "unary, %s",
    async (_, vector) => {
      await using server = await listenRaw(() => ({ unary: hexToBytes(vector.response) }));
      using client = createClient({
        baseUrl: server.url,
        httpVersion: "1.1",
        trust: keysetBytes(hexToBytes(transcriptFile.keyset)),
        now: () => transcriptFile.verify_at_unix_ms,
      });
      const { messages } = fromBinary(ChatInputSchema, hexToBytes(vector.call.request_payload));
      const calling = client.chat({ model: vector.call.model, messages });
      if (vector.code === null) expect(bytesToHex((await calling).seal.requestDigest)).toHaveLength(64);
      else await expect(calling).rejects.toThrow(expect.objectContaining({ code: vector.code }));
    },
  );
});
