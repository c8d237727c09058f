import { errorClass } from "./error-code.ts";
import type { GatewayError } from "./gateway-error.ts";

/** The OpenAI error object: `{"error":{"message","type","param","code"}}`, and `model_state` where there is one. */
export function errorEnvelope(error: GatewayError): string {
  const { engine } = error;
  return JSON.stringify({
    error: {
      message: error.message,
      type: engine?.type ?? errorClass(error.code).type,
      param: (engine === undefined ? error.param : engine.param) ?? null,
      code: (engine === undefined ? error.code : engine.code) ?? null,
      ...(error.modelState === undefined ? {} : { model_state: error.modelState }),
    },
  });
}

/** Headers that go with an error: `WWW-Authenticate`, `Retry-After`, `Allow`. */
export function errorHeaders(error: GatewayError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.code === "unauthenticated") headers["www-authenticate"] = "Bearer";
  if (error.retryAfterSeconds !== undefined) headers["retry-after"] = String(error.retryAfterSeconds);
  if (error.allow !== undefined) headers["allow"] = error.allow;
  return headers;
}
