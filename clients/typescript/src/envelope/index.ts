export {
  ANSWER_SECRET_BYTES,
  type AnswerKeys,
  type AnswerSecret,
  answerKeys,
  SALT_BYTES,
} from "./answer-keys.ts";
export { type EnvelopeCall, envelopeContext } from "./context.ts";
export { type EnvelopeKey, envelopeKey } from "./envelope-key.ts";
export { type ChunkFrame, chunkPlaintext, errorPlaintext } from "./frame.ts";
export { type AnswerOpener, createAnswerOpener } from "./open-answer.ts";
export { type EnvelopeKeyPair, envelopeKeyPair, type OpenedRequest, openRequest } from "./open-request.ts";
export { hasRequestLength, type RequestPlaintext } from "./request-plaintext.ts";
export { type SealedRequestBytes, sealRequest } from "./seal-request.ts";
export { ENCAPSULATED_KEY_BYTES, TAG_BYTES } from "./suite.ts";
