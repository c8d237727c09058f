export { collect, type EngineAnswer } from "./collect.ts";
export {
  engineAnswerError,
  engineTransportError,
  isErrorAnswer,
  MAX_ERROR_BODY_BYTES,
  MISLABELLED_ERROR_STATUS,
  parseEngineError,
} from "./engine-error.ts";
export { type EngineMonitor, monitorEngine } from "./engine-monitor.ts";
export {
  createEnginePool,
  type EnginePool,
  type EnginePoolOptions,
  type EngineRequest,
  type EngineTimeouts,
} from "./engine-pool.ts";
export { sanitiseErrorText } from "./error-text.ts";
