import { hash } from "node:crypto";
import type { HeldRole, SigningAlgorithm } from "./key-role.ts";

/** `<role>-<algorithm>-<first 16 hex digits of SHA-256(public key)>`. */
export function keyId(
  role: HeldRole | "tls",
  algorithm: SigningAlgorithm | "x25519" | "p256",
  publicKey: Uint8Array,
): string {
  return `${role}-${algorithm}-${hash("sha256", publicKey, "hex").slice(0, 16)}`;
}
