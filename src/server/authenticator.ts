import { hash, timingSafeEqual } from "node:crypto";
import { GatewayError } from "../errors/index.ts";
import type { Caller } from "../exchange/index.ts";

/** Longest Authorization header that is looked at. Characters. */
const MAX_HEADER_LENGTH = 8192;

/** RFC 6750 section 2.1; the scheme name has no case (RFC 9110 section 11.1). */
const BEARER = /^bearer +(\S+)$/i;

/** Maps an Authorization header to a caller, or throws `unauthenticated`. */
export type Authenticator = (authorization: string | null | undefined) => Caller;

/**
 * Authenticates bearer tokens. Digests of equal length are compared, every one of them, in constant time: neither the
 * length of a token nor its position shows in the time taken.
 */
export function bearerAuthenticator(tokens: readonly string[]): Authenticator {
  const known = tokens.map((token, index) => {
    const digest = hash("sha256", token, "buffer");
    return { digest, caller: { id: digest.toString("hex"), label: `token-${index + 1}` } };
  });
  const refuse = (): never => {
    throw new GatewayError("unauthenticated", "Invalid or missing Authorization header");
  };
  return (authorization) => {
    if (authorization == null || authorization.length > MAX_HEADER_LENGTH) return refuse();
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) return refuse();
    const presented = hash("sha256", token, "buffer");
    let caller: Caller | undefined;
    for (const entry of known) if (timingSafeEqual(entry.digest, presented)) caller ??= entry.caller;
    return caller ?? refuse();
  };
}
