export { ENVELOPE_HEADER_BYTES, envelope, gunzipBounded, readOnlyMessage, writeEnvelopeHeader } from "./envelope.ts";
export { type RpcContentType, type RpcProtocol, rpcContentType } from "./protocol.ts";
export { ServerStream } from "./server-stream.ts";
export { requestEncoding, requestTimeoutMs } from "./server-stream-request.ts";
