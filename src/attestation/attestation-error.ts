import { GatewayError } from "../errors/index.ts";
import { TeeError, type TeeErrorCode } from "../tee/tee-error.ts";

/** What a caller learns of a failure of the platform: whether to try again. What failed is in the log. */
const TIMEOUTS: ReadonlySet<TeeErrorCode> = new Set(["tee.timeout"]);

/** A failure of the platform's sources as a caller sees it. Anything else stays what it is. */
export function attestationError(thrown: unknown): unknown {
  if (!(thrown instanceof TeeError)) return thrown;
  return TIMEOUTS.has(thrown.code)
    ? new GatewayError("attestation_timeout", "The platform did not give evidence in time. Try again later", {
        cause: thrown,
      })
    : new GatewayError("attestation_unavailable", "The platform gives no evidence now. Try again later", {
        cause: thrown,
      });
}
