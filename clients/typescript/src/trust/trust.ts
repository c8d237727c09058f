import { hexToBytes } from "@noble/hashes/utils.js";
import { CountersignError } from "../errors/index.ts";
import type { VerifyConnection } from "../evidence/index.ts";
import type { Policy } from "../policy/index.ts";
import { DIGEST_BYTES } from "../transcript/index.ts";
import type { Verdict } from "../verdict/index.ts";

/** Whose keys a client accepts. There is no default: choosing is the caller's part of the proof. */
export type Trust =
  | { readonly kind: "pinned"; readonly digest: Uint8Array }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | AttestedTrust
  | { readonly kind: "unattested" };

/** Trust in whatever keyset the evidence of the connection commits to. */
export interface AttestedTrust extends AttestedTrustOptions {
  readonly kind: "attested";
}

/** Options of {@link attestedKeyset}. */
export interface AttestedTrustOptions {
  /** What is demanded of the gateway's evidence. A policy that pins nothing accepts any genuine machine. */
  readonly policy: Policy;
  /** Judges the evidence of a connection. Default: with everything this package verifies. */
  readonly verify?: VerifyConnection;
  /** Hears the verdict of every attestation, accepted or not. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

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
 * Trusts the keyset that verified evidence commits to, evidence of the very connection the calls go over. Every
 * connection is verified before anything is sent on it; nobody has to know a digest beforehand, and a rotation of keys
 * is verified like the first keyset. Needs sockets: in a browser, verify evidence and use {@link keysetBytes}.
 */
export function attestedKeyset(options: AttestedTrustOptions): AttestedTrust {
  return { kind: "attested", ...options };
}

/**
 * Accepts whatever keys the connection serves. Signatures then prove that one gateway made the whole exchange, and
 * nothing about which gateway: results say `pinned: false`. For development, and for connections that are verified
 * by other means.
 */
export function unattestedKeyset(): Trust {
  return { kind: "unattested" };
}

/** @throws CountersignError `config.invalid` if nobody said whose keys to accept: types do not reach every caller */
export function assertTrust(trust: Trust | undefined): void {
  if (trust === undefined)
    throw new CountersignError("config.invalid", "`trust` is required: say whose keys to accept");
}
