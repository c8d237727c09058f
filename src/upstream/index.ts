export type {
  UpstreamCall,
  UpstreamClient,
  UpstreamClientOptions,
  UpstreamHandler,
  UpstreamRequest,
  UpstreamTimeouts,
} from "./interface.ts";
export { createUpstreamClient } from "./upstream-client.ts";
export { UpstreamError, type UpstreamErrorCode } from "./upstream-error.ts";
export { UpstreamHeaders } from "./upstream-headers.ts";
