import { clone, fromBinary, toBinary } from "@bufbuild/protobuf";
import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { CountersignError, ERROR_MEANINGS } from "../../clients/typescript/src/errors/index.ts";
import { parseKeyset } from "../../clients/typescript/src/signing/index.ts";
import { requestDigest } from "../../clients/typescript/src/transcript/index.ts";
import { createTranscriptVerifier, type Exchange } from "../../clients/typescript/src/verify/index.ts";
import { StreamChatResponseSchema } from "../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import { AUTHORITY, CALL } from "../../tools/vectors/defaults.ts";
import { signExchange } from "../../tools/vectors/exchange.ts";
import { now } from "./support/fake-gateway.ts";

/** A small generator with a fixed seed (mulberry32), so that a failure can be repeated. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const exchange: Exchange = {
  method: CALL.method,
  model: CALL.model,
  requestDigest: requestDigest(CALL.requestPayload),
  keyset: parseKeyset(AUTHORITY.keyset),
  now,
};

/** The payloads a reader would get, or the error it would see. */
function read(messages: readonly Uint8Array[]): { payloads: string[]; error: unknown } {
  const verifier = createTranscriptVerifier(exchange);
  const payloads: string[] = [];
  try {
    for (const message of messages) {
      const payload = verifier.take(parse(message));
      if (payload !== undefined) payloads.push(bytesToHex(payload));
    }
    verifier.end();
    return { payloads, error: undefined };
  } catch (error) {
    return { payloads, error };
  }
}

function parse(message: Uint8Array) {
  try {
    return fromBinary(StreamChatResponseSchema, message).event;
  } catch (cause) {
    throw new CountersignError("message.malformed", "not a serialised message", { cause });
  }
}

function randomExchange(random: (below: number) => number) {
  const count = 1 + random(8);
  const payloads = Array.from({ length: count }, () => Uint8Array.from({ length: random(40) }, () => random(256)));
  const checkpointsAfter = payloads.map((_, index) => index + 1).filter(() => random(3) === 0);
  const signed = signExchange({ authority: AUTHORITY, call: CALL, payloads, checkpointsAfter });
  return {
    payloads: payloads.map(bytesToHex),
    messages: signed.messages.map((message) =>
      toBinary(StreamChatResponseSchema, clone(StreamChatResponseSchema, message)),
    ),
  };
}

describe("random streams", () => {
  it("verify when honest, whatever their payloads and checkpoints", () => {
    const random = seeded(1);
    for (let round = 0; round < 40; round++) {
      const { payloads, messages } = randomExchange(random);
      expect(read(messages)).toEqual({ payloads, error: undefined });
    }
  });

  it("never give other content as complete, whatever is done to them", () => {
    const random = seeded(2);
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const { payloads, messages } = randomExchange(random);
      const altered = alter(messages, random);
      const found = read(altered);
      // Verified chunks are a beginning of the true ones, always.
      expect(found.payloads, `round ${round}`).toEqual(payloads.slice(0, found.payloads.length));
      if (found.error === undefined) expect(found.payloads, `round ${round}`).toEqual(payloads);
      else {
        if (!(found.error instanceof CountersignError)) throw found.error;
        expect(found.error.code in ERROR_MEANINGS).toBe(true);
        refused += 1;
      }
    }
    // Dropping a checkpoint is no crime, and swapping equal messages changes nothing; most of the rest must be noticed.
    expect(refused).toBeGreaterThan(350);
  });
});

/** Does one thing to a stream: a flipped bit, a lost, repeated, moved, shortened message. */
function alter(messages: readonly Uint8Array[], random: (below: number) => number): Uint8Array[] {
  const altered = [...messages];
  const index = random(altered.length);
  const message = altered[index] ?? new Uint8Array();
  switch (random(5)) {
    case 0: {
      const at = random(message.length);
      altered[index] = message.with(at, (message[at] ?? 0) ^ (1 << random(8)));
      break;
    }
    case 1:
      altered.splice(index, 1);
      break;
    case 2:
      altered.splice(random(altered.length + 1), 0, message);
      break;
    case 3:
      altered[index] = message.slice(0, random(message.length));
      break;
    default: {
      const other = random(altered.length);
      altered[index] = altered[other] ?? message;
      altered[other] = message;
    }
  }
  return altered;
}
