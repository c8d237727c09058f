import type { ConnectError } from "@connectrpc/connect";
import { GatewayError, rpcError } from "../../errors/index.ts";

/** The answer of a method whose schema is fixed but whose work comes with a later version. */
export function laterVersion(what: string): ConnectError {
  return rpcError(
    new GatewayError("unimplemented", `${what} is not implemented in this version; see the status table in the README`),
  );
}
