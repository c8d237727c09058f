import { type Authenticator, bearerAuthenticator } from "./authenticator.ts";

/** Who may load, unload and verify models. */
export interface LoadAccess {
  /** No load token is configured: everybody may. */
  readonly open: boolean;
  /** Throws `unauthenticated` unless the Authorization header holds a load token, or everybody may. */
  readonly require: (authorization: string | null | undefined) => void;
}

export function loadAccess(tokens: readonly string[]): LoadAccess {
  const authenticate: Authenticator = bearerAuthenticator(tokens);
  return tokens.length === 0
    ? { open: true, require() {} }
    : { open: false, require: (authorization) => void authenticate(authorization) };
}
