import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { EmbeddingInputSchema } from "../../../../gen/ts/countersign/inference/v1/embedding_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { type PromptInput, typedPrompt } from "./prompt.ts";

/** What to embed: the fields of the typed `EmbeddingInput`, and the model. */
export interface EmbeddingRequestInput {
  /** Model to ask, as `listModels` names it. */
  readonly model: string;
  /** The inputs, 1 to 2048. */
  readonly inputs: readonly PromptInput[];
  /** Length of the vectors, where the model can shorten them. */
  readonly dimensions?: number;
  /** Opaque id of the end user, passed to the engine. */
  readonly user?: string;
  /** Engine fields without a typed counterpart, as a JSON object. Numbers are doubles. */
  readonly extras?: MessageInitShape<typeof EmbeddingInputSchema>["extras"];
}

/**
 * Serialises an embedding request: the bytes that are sent, and over which the request digest is made.
 *
 * @throws CountersignError `input.invalid`
 */
export function serialiseEmbeddingInput(input: EmbeddingRequestInput): Uint8Array {
  const { model: _, inputs, ...rest } = input;
  try {
    return toBinary(EmbeddingInputSchema, create(EmbeddingInputSchema, { ...rest, inputs: inputs.map(typedPrompt) }));
  } catch (cause) {
    throw new CountersignError("input.invalid", "a field of the request has a value its type does not take", { cause });
  }
}
