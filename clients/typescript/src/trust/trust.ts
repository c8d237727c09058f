import { hexToBytes } from "@noble/hashes/utils.js";
import { CountersignError } from "../errors/index.ts";
import { DIGEST_BYTES } from "../transcript/index.ts";

/** Whose keys a client accepts. There is no default: choosing is the caller's part of the proof. */
export type Trust =
  | { readonly kind: "pinned"; readonly digest: Uint8Array }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "unattested" };

/**
 * Trusts the keyset with this digest. Its bytes are fetched from the gateway and compared with the digest before use.
 *
 * @param digestHex SHA-256 of the serialised keyset, 64 hex digits of either case, from evidence somebody has verified
 * @throws CountersignError `config.invalid` if it is not that
 */
export function pinnedKeyset(digestHex: string): Trust {
  if (!/^[0-9a-fA-F]{64}$/.test(digestHex)) {
    throw new CountersignError("config.invalid", `a keyset digest is ${2 * DIGEST_BYTES} hex digits`);
  }
  return { kind: "pinned", digest: hexToBytes(digestHex.toLowerCase()) };
}

/**
 * Trusts exactly this keyset, for example one taken from verified evidence. Nothing is fetched.
 *
 * @param bytes the serialised keyset
 */
export function keysetBytes(bytes: Uint8Array): Trust {
  return { kind: "bytes", bytes: bytes.slice() };
}

/**
 * Accepts whatever keys the connection serves. Signatures then prove that one gateway made the whole exchange, and
 * nothing about which gateway: results say `pinned: false`. For development, and for connections that are verified
 * by other means.
 */
export function unattestedKeyset(): Trust {
  return { kind: "unattested" };
}
