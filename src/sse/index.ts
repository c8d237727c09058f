export { CompletionWatch } from "./completion-watch.ts";
export { type EventSink, SseEventReader } from "./event-reader.ts";
export { type LineSink, MAX_LINE_BYTES, SseLineReader } from "./line-reader.ts";
