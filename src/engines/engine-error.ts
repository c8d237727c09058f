import { type EngineErrorFields, type ErrorCode, GatewayError } from "../errors/index.ts";
import type { UpstreamError, UpstreamErrorCode, UpstreamHeaders } from "../upstream/index.ts";
import { sanitiseErrorText } from "./error-text.ts";

/** Most of an engine's error body that is read. Bytes. */
export const MAX_ERROR_BODY_BYTES = 64 << 10;

/** Longest message, type, param or code that is passed on. Characters. */
const MAX_MESSAGE_LENGTH = 4096;
const MAX_FIELD_LENGTH = 256;

const TRANSPORT: Record<UpstreamErrorCode, readonly [ErrorCode, string]> = {
  connect_failed: ["engine_unreachable", "The engine cannot be reached. Check that it runs and that its URL is right"],
  connect_timeout: ["engine_timeout", "The engine did not accept a connection in time"],
  first_byte_timeout: ["engine_timeout", "The engine did not begin to answer in time"],
  idle_timeout: ["engine_timeout", "The engine stopped answering"],
  total_timeout: ["engine_timeout", "The engine did not finish its answer in time"],
  connection_lost: ["engine_unreachable", "The engine closed the connection without an answer"],
  truncated: ["engine_truncated", "The engine broke off its answer"],
  malformed: ["engine_protocol", "The engine's answer is not valid HTTP"],
  too_large: ["engine_protocol", "The engine's response head is too large"],
  aborted: ["cancelled", "The call was cancelled"],
};

/** The error a caller sees when the exchange with an engine fails below HTTP's meaning. */
export function engineTransportError(error: UpstreamError): GatewayError {
  const [code, message] = TRANSPORT[error.code];
  return new GatewayError(code, message, { cause: error });
}

/** A plain scalar of an engine's error object, bounded; anything else is left out. */
function scalar(value: unknown): string | number | null {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return typeof value === "string" && value.length <= MAX_FIELD_LENGTH ? sanitiseErrorText(value) : null;
}

interface EngineErrorBody {
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly param: string | number | null;
  readonly code: string | number | null;
}

/** Reads `{"error":{...}}`, `{"error":"..."}` and flat `{"message":...}` bodies. The body is not trusted. */
export function parseEngineError(body: Uint8Array): EngineErrorBody | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const outer = parsed as Record<string, unknown>;
  const inner = outer["error"];
  const fields = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : outer;
  const message = typeof inner === "string" ? inner : fields["message"];
  return {
    message:
      typeof message === "string" && message !== ""
        ? sanitiseErrorText(message).slice(0, MAX_MESSAGE_LENGTH)
        : undefined,
    type: typeof fields["type"] === "string" ? sanitiseErrorText(fields["type"]).slice(0, MAX_FIELD_LENGTH) : undefined,
    param: scalar(fields["param"]),
    code: scalar(fields["code"]),
  };
}

/** Seconds of a Retry-After header in its delay form (RFC 9110 section 10.2.3), bounded to a day. */
function retryAfter(headers: UpstreamHeaders): number | undefined {
  const value = headers.get("retry-after");
  return value !== undefined && /^\d{1,5}$/.test(value) ? Math.min(Number(value), 86_400) : undefined;
}

/** Status a caller sees for an error that an engine sent with a status of success. */
export const MISLABELLED_ERROR_STATUS = 502;

/** Whether the members `error` and `object` of an answer say that it is an error, whatever its status. */
export function isErrorAnswer(error: unknown, object: unknown): boolean {
  return (error !== undefined && error !== null) || object === "error";
}

/** The error a caller sees when an engine answers with an error status, or with one that makes no sense here. */
export function engineAnswerError(status: number, headers: UpstreamHeaders, body: Uint8Array): GatewayError {
  if (status < 400) {
    // A redirect would send the prompt somewhere nobody verified.
    return new GatewayError("engine_protocol", `The engine answered with status ${status}, which is not followed`);
  }
  const said = parseEngineError(body);
  const engine: EngineErrorFields = {
    status,
    type: said?.type ?? "upstream_error",
    param: said?.param ?? null,
    code: said?.code ?? null,
  };
  const message = said?.message ?? `The engine answered with status ${status}`;
  const busy = status === 503 || status === 429;
  const seconds = retryAfter(headers) ?? (busy ? 5 : undefined);
  return new GatewayError(
    status === 503 ? "engine_unavailable" : status >= 500 ? "engine_failed" : "engine_rejected",
    message,
    { engine, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) },
  );
}
