import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  type TokenizeInput,
  type TokenizeResult,
  TokenizeResultSchema,
} from "../../gen/ts/countersign/inference/v1/tokenization_pb.ts";
import { GatewayError } from "../errors/index.ts";
import { messageValue } from "./chat-request.ts";
import { asString, asUint32 } from "./json-fields.ts";
import { atMost, type EngineBody, invalid } from "./request-builder.ts";

/** The engine's request for a typed tokenization. Throws `invalid_request` with a field path. */
export function tokenizeRequestBody(model: string, input: TokenizeInput): Buffer {
  const body: EngineBody = { model };
  if (input.messages.length > 0) {
    if (input.text !== "") throw invalid("text", "set text or messages, not both");
    atMost("messages", input.messages, 4096);
    body["messages"] = input.messages.map((message, index) => messageValue(`messages[${index}]`, message));
  } else {
    body["prompt"] = input.text;
  }
  if (input.addSpecialTokens !== undefined) body["add_special_tokens"] = input.addSpecialTokens;
  if (input.returnTokenStrings) body["return_token_strs"] = true;
  return Buffer.from(JSON.stringify(body));
}

/** An engine's tokens as a typed message. Throws `engine_protocol` if there are none. */
export function tokenizeResult(answer: JsonObject): TokenizeResult {
  const tokens = answer["tokens"];
  if (!Array.isArray(tokens)) throw new GatewayError("engine_protocol", "The engine's answer holds no tokens");
  const strings = answer["token_strs"];
  return create(TokenizeResultSchema, {
    count: asUint32(answer["count"]),
    maxModelLength: asUint32(answer["max_model_len"]),
    tokenIds: tokens.map(asUint32),
    tokenStrings: Array.isArray(strings) ? strings.map(asString) : [],
  });
}
