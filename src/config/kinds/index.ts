export { boolean } from "./boolean.ts";
export { byteSize } from "./byte-size.ts";
export { choice } from "./choice.ts";
export { duration, longestDurationMs } from "./duration.ts";
export { engineList, readEngine } from "./engine-list.ts";
export { integer, optionalPort } from "./integer.ts";
export { logLevel, readLogDirectives } from "./log-level.ts";
export { host, modelName, optionalPath } from "./text.ts";
export { tokenList } from "./token-list.ts";
