import { countPromptTokens } from "./context-length.ts";
import { embedText } from "./embedding-vector.ts";
import { DemoError } from "./errors.ts";
import { optionalInteger } from "./fields.ts";
import { sendJson } from "./json-response.ts";
import { checkModel } from "./models.ts";
import { responseId } from "./response-id.ts";
import type { Call } from "./router.ts";
import { readTextInputs } from "./text-input.ts";

/** `POST /v1/embeddings`. */
export function handleEmbeddings({ engine, request, response, body }: Call): void {
  checkModel(engine, body);
  const format = body.encoding_format ?? "float";
  if (format !== "float" && format !== "base64") {
    throw DemoError.badRequest('encoding_format must be "float" or "base64".', "encoding_format");
  }
  const native = engine.options.embeddingDimensions;
  const dimensions = optionalInteger(body, "dimensions", 1, native) ?? native;
  const inputs = readTextInputs(engine, body, "input");
  const tokens = inputs.reduce((sum, input) => sum + countTokens(input.text, input.tokens), 0);

  function countTokens(text: string, given: readonly number[] | undefined): number {
    const count = given?.length ?? countPromptTokens(engine, text, "input");
    if (count <= engine.options.maxModelLength) return count;
    throw DemoError.badRequest(
      `This model's maximum context length is ${engine.options.maxModelLength} tokens. An input has ${count} tokens.`,
      "input",
    );
  }

  const finish = engine.metrics.begin(tokens);
  const data = inputs.map(({ text }, index) => {
    const vector = embedText(text, native, dimensions);
    return { index, object: "embedding", embedding: format === "float" ? Array.from(vector) : encodeBase64(vector) };
  });
  finish("finished", 0);
  sendJson(response, 200, {
    id: responseId("embd", request),
    object: "list",
    created: Math.floor(Date.now() / 1000),
    model: engine.options.model,
    data,
    usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0, prompt_tokens_details: null },
  });
}

/** Little-endian 32-bit floats. */
function encodeBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => {
    bytes.writeFloatLE(value, index * 4);
  });
  return bytes.toString("base64");
}
