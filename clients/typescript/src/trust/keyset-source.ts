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
  /**
   * The keyset; concurrent callers share one fetch, and a failed fetch is tried again by the next caller.
   *
   * @throws CountersignError `keyset.untrusted`, `keyset.malformed`, `call.*`
   */
  get(): Promise<Keyset>;
  /**
   * Says that the gateway signs with another keyset than the trusted one. Without a pin the next {@link get} fetches
   * anew, so that a client outlives a key rotation; a pinned keyset stays what it is.
   */
  rotated(): void;
}

/** Resolves a caller's trust to a keyset. */
export function createKeysetSource(trust: Trust, fetchKeyset: FetchKeyset): KeysetSource {
  let current: Promise<Keyset> | undefined;

  async function load(): Promise<Keyset> {
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
  }

  return {
    pinned: trust.kind !== "unattested",
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
