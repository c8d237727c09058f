import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PromptSchema } from "../../../../gen/ts/countersign/inference/v1/sampling_pb.ts";

/** A prompt or an input: text, or the typed form for token ids. */
export type PromptInput = string | MessageInitShape<typeof PromptSchema>;

/** Gives text its typed form. */
export function typedPrompt(prompt: PromptInput): MessageInitShape<typeof PromptSchema> {
  return typeof prompt === "string" ? { form: { case: "text", value: prompt } } : prompt;
}
