import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { errorClass } from "./error-code.ts";
import { GatewayError } from "./gateway-error.ts";

/** Domain of google.rpc.ErrorInfo details. */
const ERROR_DOMAIN = "countersign";

/** RPC code of an engine's HTTP status. */
function engineCode(status: number): Code {
  if (status === 404) return Code.NotFound;
  if (status === 409 || status === 412) return Code.FailedPrecondition;
  if (status === 413 || status === 429) return Code.ResourceExhausted;
  if (status === 501) return Code.Unimplemented;
  // Gateways in front of an engine, and engines that load or are overloaded: trying again can help.
  if (status >= 502 && status <= 504) return Code.Unavailable;
  // The engine's 401 and 403 concern the gateway's credentials, not the caller's.
  if (status === 401 || status === 403 || status >= 500) return Code.Internal;
  return Code.InvalidArgument;
}

/**
 * The Connect error of a gateway error: code, message, an ErrorInfo detail (reason = the code in upper case), a
 * BadRequest detail naming the field if there is one, and a RetryInfo detail where trying again can help.
 */
export function rpcError(thrown: unknown): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  const error = GatewayError.from(thrown);
  const code = error.engine === undefined ? errorClass(error.code).rpc : engineCode(error.engine.status);
  const result = new ConnectError(error.message, code, undefined, undefined, error.cause);
  const metadata: Record<string, string> = {};
  if (error.engine !== undefined) {
    metadata["engine_status"] = String(error.engine.status);
    if (error.engine.code != null) metadata["engine_code"] = String(error.engine.code);
    if (error.engine.type !== undefined) metadata["engine_type"] = error.engine.type;
  }
  if (error.modelState !== undefined) metadata["model_state"] = error.modelState;
  result.details.push({
    desc: ErrorInfoSchema,
    value: { reason: error.code.toUpperCase(), domain: ERROR_DOMAIN, metadata },
  });
  const field = error.engine?.param ?? error.param;
  if (field != null) {
    result.details.push({
      desc: BadRequestSchema,
      value: { fieldViolations: [{ field: String(field), description: error.message }] },
    });
  }
  if (error.retryAfterSeconds !== undefined) {
    result.details.push({
      desc: RetryInfoSchema,
      value: { retryDelay: { seconds: BigInt(error.retryAfterSeconds), nanos: 0 } },
    });
  }
  return result;
}
