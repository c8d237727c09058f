import { KeyAlgorithm, KeyRole } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";

/** The roles of signing keys. No key serves two roles. */
export type SigningRole = "stream" | "response";

/** The roles a key source is asked for. `envelope` opens and signs nothing. */
export type HeldRole = SigningRole | "envelope";

/** The algorithms of signing keys. */
export type SigningAlgorithm = "ed25519" | "secp256k1";

/** Role as it stands in the keyset. */
export const KEYSET_ROLE: Record<SigningRole, KeyRole> = { stream: KeyRole.STREAM, response: KeyRole.RESPONSE };

/** Algorithm as it stands in the keyset. */
export const KEYSET_ALGORITHM: Record<SigningAlgorithm, KeyAlgorithm> = {
  ed25519: KeyAlgorithm.ED25519,
  secp256k1: KeyAlgorithm.SECP256K1,
};
