export { type AnswerSealer, createAnswerSealer } from "./answer-sealer.ts";
export { createEnvelopeOpener, type EnvelopeOpener, type OpenedEnvelope } from "./envelope-opener.ts";
export { createReplayWindow, type ReplayWindow } from "./replay-window.ts";
