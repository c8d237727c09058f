import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { CompletionInputSchema } from "../../../../gen/ts/countersign/inference/v1/completion_pb.ts";
import type { SamplingOptionsSchema } from "../../../../gen/ts/countersign/inference/v1/sampling_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { type PromptInput, typedPrompt } from "./prompt.ts";

/** What to complete: the fields of the typed `CompletionInput`, and the model. */
export interface CompletionRequestInput {
  /** Model to ask, as `listModels` names it. */
  readonly model: string;
  /** The prompts, 1 to 1024. Choices are numbered prompt by prompt. */
  readonly prompts: readonly PromptInput[];
  /** Sampling options. Absent fields are left to the engine. */
  readonly sampling?: MessageInitShape<typeof SamplingOptionsSchema>;
  /** Text that follows the completion, for models that fill in. */
  readonly suffix?: string;
  /** Return the prompt before the completion. */
  readonly echo?: boolean;
  /** Report log probabilities of so many alternatives, 0 to 20. */
  readonly logprobs?: number;
  /** Generate so many and return the best. */
  readonly bestOf?: number;
  /** Opaque id of the end user, passed to the engine. */
  readonly user?: string;
  /** Engine fields without a typed counterpart, as a JSON object. Numbers are doubles. */
  readonly extras?: MessageInitShape<typeof CompletionInputSchema>["extras"];
}

/**
 * Serialises a completion: the bytes that are sent, and over which the request digest is made.
 *
 * @throws CountersignError `input.invalid`
 */
export function serialiseCompletionInput(input: CompletionRequestInput): Uint8Array {
  const { model: _, prompts, ...rest } = input;
  try {
    return toBinary(
      CompletionInputSchema,
      create(CompletionInputSchema, { ...rest, prompts: prompts.map(typedPrompt) }),
    );
  } catch (cause) {
    throw new CountersignError("input.invalid", "a field of the completion has a value its type does not take", {
      cause,
    });
  }
}
