export { ChatChunkWriter } from "./chat-chunk-writer.ts";
export { chatRequestBody } from "./chat-request.ts";
export { chatResult, parseAnswer } from "./chat-result.ts";
export { addCompletionEvent, completionRequestBody, completionResult } from "./completion.ts";
export { embeddingRequestBody, embeddingResult } from "./embedding.ts";
export { asInt64, asObject, asObjects, asString, asUint32 } from "./json-fields.ts";
export { tokenizeRequestBody, tokenizeResult } from "./tokenization.ts";
