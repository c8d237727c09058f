import { KeyAlgorithm, KeyRole } from "../../../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { CountersignError } from "../errors/index.ts";
import type { Keyset } from "../signing/index.ts";

/** The key a request is encrypted to. */
export interface EnvelopeKey {
  readonly id: string;
  /** X25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

/**
 * The first ENVELOPE key of a trusted keyset that is valid now.
 *
 * @throws CountersignError `envelope.unavailable` if there is none: there is no other way to send then
 */
export function envelopeKey(keyset: Keyset, at: number): EnvelopeKey {
  const [publicKey] = keyset.select(KeyRole.ENVELOPE, KeyAlgorithm.X25519, at);
  const key = keyset.keys.find(({ value }) => value === publicKey);
  if (publicKey === undefined || key === undefined) {
    throw new CountersignError(
      "envelope.unavailable",
      "the trusted keyset holds no key to encrypt to that is valid now; nothing was sent",
    );
  }
  return { id: key.id, publicKey };
}
