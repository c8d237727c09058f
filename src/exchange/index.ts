export { BodyExchange } from "./body-exchange.ts";
export type { Caller } from "./caller.ts";
export { Exchange, type ExchangeOrigin, type ExchangeServices } from "./exchange.ts";
export { checkpointText, DIGEST_BYTES, sealText, sha256, Transcript } from "./transcript.ts";
export { type CheckpointPolicy, TranscriptExchange, type TranscriptRequest } from "./transcript-exchange.ts";
