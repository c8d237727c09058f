/**
 * Why a call to an engine failed. The set is closed.
 *
 * | code | meaning |
 * |---|---|
 * | `connect_failed` | no connection: refused, unreachable, name unknown, TLS handshake or certificate refused |
 * | `connect_timeout` | no connection within `connectMs`, waiting for a free connection included |
 * | `first_byte_timeout` | no complete response head within `firstByteMs` of the request being written |
 * | `idle_timeout` | no byte of the response body for `idleMs` |
 * | `total_timeout` | the call took longer than `totalMs` |
 * | `connection_lost` | the connection ended before the response head was complete |
 * | `truncated` | the response body ended before its framing said so |
 * | `malformed` | what arrived is not a valid, unambiguous HTTP/1.1 response |
 * | `too_large` | the head, or the trailer section, is over its limit |
 * | `aborted` | this side gave the call up: `abort()`, or the client is closed |
 */
export type UpstreamErrorCode =
  | "connect_failed"
  | "connect_timeout"
  | "first_byte_timeout"
  | "idle_timeout"
  | "total_timeout"
  | "connection_lost"
  | "truncated"
  | "malformed"
  | "too_large"
  | "aborted";

/** A call to an engine failed. The message never contains bytes of the request or the response; `cause` is for logs. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  /** Stable, machine-readable reason. */
  readonly code: UpstreamErrorCode;

  constructor(code: UpstreamErrorCode, message: string, options?: ErrorOptions) {
    super(`[${code}] ${message}`, options);
    this.code = code;
  }
}
