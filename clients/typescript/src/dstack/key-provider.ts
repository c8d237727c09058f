import { CheckFailure } from "../verdict/index.ts";

/** Where a dstack application's keys come from. */
export interface KeyProvider {
  /** `kms`, `local-sgx`, `tpm` or `none`; newer platforms may name others. */
  readonly name: string;
  /**
   * Which one, lower-case hex; empty where the kind has none. For `kms` the DER SubjectPublicKeyInfo of the service's
   * CA (P-256), which is not the secp256k1 root that signs key custody.
   */
  readonly id: string;
}

/** Longest payload of the event. Bytes; a genuine one has about two hundred. */
const MAX_BYTES = 4096;

/**
 * Reads the payload of the event `key-provider`: JSON with exactly the members `name` and `id`.
 *
 * @throws CheckFailure malformed
 */
export function parseKeyProvider(payload: Uint8Array): KeyProvider {
  if (payload.length > MAX_BYTES) throw malformed();
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    throw malformed();
  }
  if (typeof parsed !== "object" || parsed === null || Object.keys(parsed).sort().join() !== "id,name")
    throw malformed();
  const { name, id } = parsed as { readonly name: unknown; readonly id: unknown };
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]{0,31}$/.test(name)) throw malformed();
  if (typeof id !== "string" || !/^(?:[0-9a-fA-F]{2})*$/.test(id)) throw malformed();
  return { name, id: id.toLowerCase() };
}

function malformed(): CheckFailure {
  return CheckFailure.malformed("the event key-provider is not JSON with a name and an id in hex");
}
