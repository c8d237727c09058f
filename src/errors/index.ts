export { type ErrorCode, errorClass, errorClasses } from "./error-code.ts";
export { type EngineErrorFields, GatewayError, type GatewayErrorOptions } from "./gateway-error.ts";
export { errorEnvelope, errorHeaders } from "./rest-envelope.ts";
export { rpcError } from "./rpc-error.ts";
