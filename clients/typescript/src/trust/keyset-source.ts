import { CountersignError } from "../errors/index.ts";
import { type Keyset, parseKeyset } from "../signing/index.ts";
import { equalBytes, keysetDigest } from "../transcript/index.ts";
import type { Trust } from "./trust.ts";

/**
 * Fetches a serialised keyset from the gateway.
 *
 * @param digest which one; undefined: the current one
 */
export type FetchKeyset = (digest: Uint8Array | undefined) => Promise<Uint8Array>;

/** The keyset a client trusts, fetched at most once. */
export interface KeysetSource {
  /** Whether the caller vouches for the keys, by pin or by bytes. */
  readonly pinned: boolean;
  /** Whether verified evidence of the connections vouches for the keys. */
  readonly attested: boolean;
  /**
   * The keyset; concurrent callers share one fetch, and a failed fetch is tried again by the next caller.
   *
   * @throws CountersignError `keyset.untrusted`, `keyset.malformed`, `call.*`
   */
  get(): Promise<Keyset>;
  /**
   * Says that the gateway signs with another keyset than the trusted one. Without a pin the next {@link get} fetches
   * anew, so that a client outlives a key rotation; an attested keyset is attested anew, on a new connection; a pinned
   * keyset stays what it is.
   */
  rotated(): void;
}

/**
 * Resolves a caller's trust to a keyset.
 *
 * @throws CountersignError `config.invalid` for attested trust, which only the owner of the connections can resolve
 */
export function createKeysetSource(trust: Trust, fetchKeyset: FetchKeyset): KeysetSource {
  if (trust.kind === "attested") {
    throw new CountersignError(
      "config.invalid",
      "attested trust needs a client that opens its own connections: createClient or createVerifyingFetch of Node",
    );
  }
  let current: Promise<Keyset> | undefined;

  const load = async (): Promise<Keyset> => {
    switch (trust.kind) {
      case "bytes":
        return parseKeyset(trust.bytes);
      case "unattested":
        return parseKeyset(await fetchKeyset(undefined));
      case "pinned": {
        const bytes = await fetchKeyset(trust.digest);
        // Compared before anything of it is decoded: until then the bytes are whatever the network gave.
        if (!equalBytes(keysetDigest(bytes), trust.digest)) {
          throw new CountersignError(
            "keyset.untrusted",
            "the gateway's keyset is not the pinned one; verify it and pin it anew",
          );
        }
        return parseKeyset(bytes);
      }
    }
  };

  return {
    pinned: trust.kind !== "unattested",
    attested: false,
    get() {
      if (current === undefined) {
        const loading = load();
        current = loading;
        loading.catch(() => {
          if (current === loading) current = undefined;
        });
      }
      return current;
    },
    rotated() {
      if (trust.kind === "unattested") current = undefined;
    },
  };
}

/** Connections that prove keys: see `AttestedKeys` of `@countersign/client/attested`. */
export interface KeyProvingConnections {
  attested(): Promise<{ readonly keyset: Uint8Array; readonly keysetDigest: Uint8Array }>;
  renew(): void;
}

/** The keyset that the newest of these connections proved. Nothing is ever fetched. */
export function createAttestedKeysetSource(connections: KeyProvingConnections): KeysetSource {
  let last: Keyset | undefined;
  return {
    pinned: false,
    attested: true,
    async get() {
      const { keyset, keysetDigest: digest } = await connections.attested();
      if (last === undefined || !equalBytes(last.digest, digest)) last = parseKeyset(keyset);
      return last;
    },
    rotated: () => connections.renew(),
  };
}
