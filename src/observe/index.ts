export { type Logger, type LoggerOptions, type LogFields, createLogger } from "./logger.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
