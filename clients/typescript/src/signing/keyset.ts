import { fromBinary } from "@bufbuild/protobuf";
import { bytesToHex } from "@noble/hashes/utils.js";
import {
  type KeyAlgorithm,
  type KeyRole,
  type KeySourceKind,
  KeysetSchema,
  type PublicKey,
} from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { CountersignError } from "../errors/index.ts";
import { keysetDigest } from "../transcript/digest.ts";
import { keyId } from "./key-id.ts";
import { hasPublicKeyForm } from "./public-key-form.ts";

/** How far the clocks of gateway and client may differ where a key's validity is judged. Milliseconds. */
export const CLOCK_LEEWAY_MS = 300_000;
/** Most keys a keyset may hold: far above any gateway's, far below what would cost time. */
const MAX_KEYS = 256;

/** A keyset that keeps its rules. That says nothing about whether it is trusted. */
export interface Keyset {
  /** SHA-256 of the bytes, 32 bytes. */
  readonly digest: Uint8Array;
  /** Where the private keys come from, as the gateway states it. */
  readonly source: KeySourceKind;
  /** The keys as served. */
  readonly keys: readonly PublicKey[];
  /**
   * The public key a signature names.
   *
   * @param at the verifier's time, Unix milliseconds
   * @throws CountersignError `keyset.key` if the id is unknown, or the key has another role or algorithm or is not
   *   valid at that time (with {@link CLOCK_LEEWAY_MS})
   */
  find(id: string, role: KeyRole, algorithm: KeyAlgorithm, at: number): Uint8Array;
  /** All keys with this role and algorithm that are valid at that time, in the keyset's order. */
  select(role: KeyRole, algorithm: KeyAlgorithm, at: number): readonly Uint8Array[];
}

/**
 * Reads a keyset and holds it to its rules: 1 to 256 keys, known roles and algorithms, values in the form of their
 * algorithm, each id the name of its own key, no id and no public key twice (no key serves two roles).
 *
 * @param bytes the serialised keyset as served; attacker-controlled until its digest is compared with a trusted one
 * @throws CountersignError `keyset.malformed`
 */
export function parseKeyset(bytes: Uint8Array): Keyset {
  const { keys, source } = decode(bytes);
  if (keys.length === 0 || keys.length > MAX_KEYS)
    throw malformed(`it holds ${keys.length} keys, not 1 to ${MAX_KEYS}`);
  const byId = new Map<string, PublicKey>();
  const values = new Set<string>();
  for (const [index, key] of keys.entries()) {
    // Judged before the key id is computed or printed: id, role, algorithm and value are all the sender's.
    if (!hasPublicKeyForm(key.algorithm, key.value))
      throw malformed(`key ${index} is not a public key of its algorithm`);
    if (key.id !== keyId(key.role, key.algorithm, key.value))
      throw malformed(`the id of key ${index} does not name it`);
    const value = bytesToHex(key.value);
    if (byId.has(key.id) || values.has(value)) throw malformed(`key ${index} is there twice`);
    byId.set(key.id, key);
    values.add(value);
  }
  return {
    digest: keysetDigest(bytes),
    source,
    keys,
    find(id, role, algorithm, at) {
      const key = byId.get(id);
      if (key === undefined)
        throw new CountersignError("keyset.key", "the signature names a key the keyset does not hold");
      if (key.role !== role)
        throw new CountersignError("keyset.key", `${key.id} has another role than this signature needs`);
      if (key.algorithm !== algorithm) {
        throw new CountersignError("keyset.key", `${key.id} has another algorithm than this signature needs`);
      }
      if (!isValidAt(key, at)) {
        throw new CountersignError(
          "keyset.key",
          `${key.id} is not valid now; fetch the keyset again or check the clock`,
        );
      }
      return key.value;
    },
    select: (role, algorithm, at) =>
      keys
        .filter((key) => key.role === role && key.algorithm === algorithm && isValidAt(key, at))
        .map((key) => key.value),
  };
}

function decode(bytes: Uint8Array) {
  try {
    return fromBinary(KeysetSchema, bytes);
  } catch (cause) {
    throw new CountersignError("keyset.malformed", "the keyset's bytes are not a serialised keyset", { cause });
  }
}

function isValidAt(key: PublicKey, at: number): boolean {
  const now = BigInt(Math.trunc(at));
  const leeway = BigInt(CLOCK_LEEWAY_MS);
  if (now + leeway < key.notBeforeUnixMs) return false;
  return key.notAfterUnixMs === 0n || now <= key.notAfterUnixMs + leeway;
}

function malformed(what: string): CountersignError {
  return new CountersignError("keyset.malformed", `the keyset breaks its rules: ${what}`);
}
