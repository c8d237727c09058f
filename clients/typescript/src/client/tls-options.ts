import type { ConnectionOptions } from "node:tls";

/** What may be set about TLS; the names and meanings are those of `node:tls`. */
export type TlsOptions = Pick<
  ConnectionOptions,
  "ca" | "cert" | "key" | "servername" | "minVersion" | "rejectUnauthorized" | "checkServerIdentity"
>;
