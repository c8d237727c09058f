export { CountersignError } from "./countersign-error.ts";
export { ERROR_MEANINGS, type ErrorCode } from "./error-code.ts";
