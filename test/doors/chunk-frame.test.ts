import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { StreamChatResponseSchema } from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { chunkFrame } from "../../src/doors/rpc/chunk-frame.ts";

const HEADROOM = 32;
const RUNNING_HASH = Buffer.from(Array.from({ length: 32 }, (_, index) => index + 1));

/** A payload in which no two neighbouring bytes are alike, behind the space the transcript uses. */
function linkedPayload(length: number): Buffer {
  return Buffer.from(Array.from({ length: HEADROOM + length }, (_, index) => (index * 7) & 0xff));
}

describe("a chunk frame", () => {
  // Both sides of every length of a varint, and of the length from which bytes are copied in one piece.
  const lengths = [0, 1, 63, 64, 65, 80, 81, 82, 127, 128, 129, 16_383, 16_384, 70_000];
  const sequences = [1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 40];

  it.each(lengths)("with a payload of %i bytes is what the generated code writes", (length) => {
    for (const sequence of sequences) {
      const linked = linkedPayload(length);
      const payload = linked.subarray(HEADROOM);
      const message = create(StreamChatResponseSchema, {
        event: { case: "chunk", value: { sequence: BigInt(sequence), payload, runningHash: RUNNING_HASH } },
      });
      const frame = chunkFrame(sequence, linked, RUNNING_HASH);
      expect(frame[0]).toBe(0);
      expect(frame.readUInt32BE(1)).toBe(frame.length - 5);
      const decoded = fromBinary(StreamChatResponseSchema, frame.subarray(5));
      expect(
        Buffer.compare(toBinary(StreamChatResponseSchema, decoded), toBinary(StreamChatResponseSchema, message)),
      ).toBe(0);
    }
  });
});
