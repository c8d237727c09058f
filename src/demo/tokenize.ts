import { readMessages } from "./chat-messages.ts";
import { missing, optionalArray, optionalBoolean, requiredString } from "./fields.ts";
import { sendJson } from "./json-response.ts";
import { checkModel } from "./models.ts";
import type { Call } from "./router.ts";
import { readTokens } from "./text-input.ts";

/** `POST /tokenize`: the tokens of a `prompt`, or of `messages` as the model reads them. */
export function handleTokenize({ engine, response, body }: Call): void {
  checkModel(engine, body);
  const text = body.messages === undefined ? requiredString(body, "prompt") : readMessages(body).rendered;
  const tokens = engine.tokenizer.encode(text);
  const wantsText = optionalBoolean(body, "return_token_strs") ?? false;
  sendJson(response, 200, {
    count: tokens.length,
    max_model_len: engine.options.maxModelLength,
    tokens,
    token_strs: wantsText ? tokens.map(engine.tokenizer.textOf) : null,
  });
}

/** `POST /detokenize`: the text of `tokens`. */
export function handleDetokenize({ engine, response, body }: Call): void {
  checkModel(engine, body);
  const values = optionalArray(body, "tokens");
  if (values === undefined) throw missing("tokens");
  sendJson(response, 200, { prompt: engine.tokenizer.decode(readTokens(engine, values, "tokens")) });
}
