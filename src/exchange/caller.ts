/** An authenticated caller. Made from its token, which is not kept. */
export interface Caller {
  /** Hex SHA-256 of the token: scopes stored signatures. Never logged. */
  readonly id: string;
  /** Position of the token in the configuration, `token-1`: what logs may say. */
  readonly label: string;
}
