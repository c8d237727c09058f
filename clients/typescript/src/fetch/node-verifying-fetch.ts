import { createAttestedFetch } from "../attested/index.ts";
import type { TlsOptions } from "../client/tls-options.ts";
import { CountersignError } from "../errors/index.ts";
import { assertTrust, createAttestedKeysetSource } from "../trust/index.ts";
import type { VerifyingFetchOptions } from "./options.ts";
import { createVerifyingFetch as createPlainVerifyingFetch, createVerifyingFetchWith } from "./verifying-fetch.ts";

/** Options of {@link createVerifyingFetch} in Node. */
export interface NodeVerifyingFetchOptions extends VerifyingFetchOptions {
  /** TLS of attested connections; other trust uses `fetch` as it is. Default: what `node:tls` does. */
  readonly tls?: TlsOptions;
}

/**
 * The verifying fetch for Node. With attested trust it opens its own connections and verifies each before a request
 * goes over it, so `fetch` cannot be set then; see {@link createPlainVerifyingFetch} for all the rest.
 *
 * @throws CountersignError `config.invalid`
 */
export function createVerifyingFetch(options: NodeVerifyingFetchOptions): typeof globalThis.fetch {
  assertTrust(options.trust);
  const { trust, tls = {}, now = Date.now, ...rest } = options;
  if (trust.kind !== "attested") {
    if (options.tls !== undefined) throw new CountersignError("config.invalid", "`tls` is for attested trust only");
    return createPlainVerifyingFetch(options);
  }
  if (rest.fetch !== undefined) {
    throw new CountersignError(
      "config.invalid",
      "`fetch` cannot be set with attested trust, which opens its own connections",
    );
  }
  const connections = createAttestedFetch({ ...trust, baseUrl: rest.baseUrl, tls, now });
  return createVerifyingFetchWith({ ...rest, now, fetch: connections.fetch }, () =>
    createAttestedKeysetSource(connections),
  );
}
