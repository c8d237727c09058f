import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { SeededRandom } from "../support/seeded-random.ts";

const UNITS = ["x", "é", "✓", "😀", "\n", '"', "\0"];
const LENGTHS = [0, 1, 5, 42, 43, 127, 128, 129];
const RARE_LENGTHS = [16_383, 16_384, 20_000];

function text(random: SeededRandom): string {
  const length = random.once(60) ? random.pick(RARE_LENGTHS) : random.pick(LENGTHS);
  return random.pick(UNITS).repeat(length).slice(0, length).toWellFormed();
}

/** Something an engine may put into a field this gateway does not know. */
function anything(random: SeededRandom, depth = 0): JsonValue {
  switch (random.below(depth > 2 ? 5 : 7)) {
    case 0:
      return text(random);
    case 1:
      return random.pick([0, -1, 1.5, 1e300, 2 ** 53]);
    case 2:
      return random.once(2);
    case 3:
      return "";
    case 4:
      return null;
    case 5:
      return Array.from({ length: random.below(3) }, () => anything(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(3) }, (_, i) => [`k${i}`, anything(random, depth + 1)]),
      );
  }
}

/** Puts `name` in with a probability of one in `times`. */
function maybe(
  random: SeededRandom,
  times: number,
  object: Record<string, JsonValue>,
  name: string,
  make: () => JsonValue,
): void {
  if (random.once(times)) object[name] = make();
}

function tokenLogprob(random: SeededRandom, depth = 0): JsonObject {
  return {
    token: text(random),
    logprob: random.pick([-0.5, 0, -9999]),
    bytes: random.pick<JsonValue>([null, [], [226, 156, 147]]),
    ...(depth > 0 ? {} : { top_logprobs: [tokenLogprob(random, 1), tokenLogprob(random, 1)] }),
  };
}

function toolCall(random: SeededRandom): JsonObject {
  const call: Record<string, JsonValue> = { index: random.below(3) };
  maybe(random, 2, call, "id", () => text(random));
  maybe(random, 2, call, "type", () => random.pick(["function", "function", "custom"]));
  maybe(random, 8, call, "extra_content", () => anything(random));
  call["function"] = { name: random.pick<JsonValue>([null, "f"]), arguments: text(random) };
  return call;
}

function choice(random: SeededRandom): JsonObject {
  const delta: Record<string, JsonValue> = {};
  maybe(random, 4, delta, "role", () => random.pick<JsonValue>(["assistant", "tool", "critic", null, ""]));
  if (!random.once(4)) delta["content"] = random.once(8) ? null : text(random);
  maybe(random, 4, delta, "reasoning_content", () => (random.once(3) ? null : text(random)));
  maybe(random, 6, delta, "reasoning", () => (random.once(3) ? null : text(random)));
  maybe(random, 10, delta, "refusal", () => random.pick<JsonValue>([null, "no", ""]));
  maybe(random, 8, delta, "tool_calls", () => Array.from({ length: random.below(3) }, () => toolCall(random)));
  maybe(random, 12, delta, "audio", () => anything(random));
  maybe(random, 25, delta, "content", () => [{ type: "text", text: "part" }]);
  const value: Record<string, JsonValue> = { index: random.pick([0, 0, 0, 1, 127, 128, 2 ** 32 - 1]), delta };
  maybe(random, 3, value, "finish_reason", () => random.pick<JsonValue>([null, "stop", "length", "eos"]));
  maybe(random, 6, value, "logprobs", () =>
    random.pick<JsonValue>([null, { content: [tokenLogprob(random)], refusal: null }, { content: null }]),
  );
  maybe(random, 12, value, "stop_reason", () => anything(random));
  maybe(random, 12, value, "token_ids", () => [1, 2, 3]);
  return value;
}

/** One event of a stream, as engines send them and a little worse. */
export function randomEvent(random: SeededRandom): JsonObject {
  const event: Record<string, JsonValue> = { object: "chat.completion.chunk" };
  maybe(random, 2, event, "id", () => random.pick(["chatcmpl-1", "chatcmpl-1", ""]));
  maybe(random, 2, event, "created", () => random.pick([1_767_225_600, 0]));
  maybe(random, 2, event, "model", () => "modèle");
  maybe(random, 5, event, "system_fingerprint", () => random.pick<JsonValue>([null, "fp_1", "fp_2"]));
  maybe(random, 9, event, "service_tier", () => random.pick<JsonValue>([null, "default"]));
  event["choices"] = Array.from({ length: random.pick([0, 1, 1, 1, 2]) }, () => choice(random));
  maybe(random, 6, event, "usage", () => random.pick<JsonValue>([null, { prompt_tokens: 3, completion_tokens: 9 }]));
  maybe(random, 10, event, "prompt_logprobs", () => anything(random));
  maybe(random, 10, event, "kv_transfer_params", () => anything(random));
  return event;
}
