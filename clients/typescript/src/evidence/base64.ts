import { CheckFailure } from "../verdict/index.ts";

/** Most arguments of one call: what a stack surely holds. */
const CHUNK = 0x2000;

/** Padded base64 (RFC 4648, 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return btoa(binary);
}

/**
 * The bytes of padded base64 in its one spelling.
 *
 * @param member what the value is, for the failure
 * @param value attacker-controlled, bounded by the caller
 * @throws CheckFailure malformed
 */
export function fromBase64(member: string, value: unknown): Uint8Array {
  const binary = typeof value === "string" ? decoded(value) : undefined;
  // `atob` takes white space, lost padding and stray bits as well (RFC 4648, 3.5); what it took is written again.
  if (binary === undefined || btoa(binary) !== value) throw CheckFailure.malformed(`${member} is not base64`);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

function decoded(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}
