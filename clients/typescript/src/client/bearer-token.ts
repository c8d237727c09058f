import type { Interceptor } from "@connectrpc/connect";
import { CountersignError } from "../errors/index.ts";

/**
 * An interceptor that sends a bearer token (RFC 6750, 2.1) with every call.
 *
 * @throws CountersignError `config.invalid` if the token cannot stand in a header; the error does not hold it
 */
export function bearerToken(token: string): Interceptor {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new CountersignError("config.invalid", "`token` is printable ASCII without spaces");
  }
  return (next) => (request) => {
    request.header.set("Authorization", `Bearer ${token}`);
    return next(request);
  };
}
