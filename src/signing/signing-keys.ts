import { hash } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  KeyAlgorithm,
  KeyRole,
  type KeySourceKind,
  KeysetSchema,
  type PublicKey,
  PublicKeySchema,
} from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { type DualSigner, dualSigner } from "./dual-signer.ts";
import { type EnvelopeKey, envelopeKey } from "./envelope-key.ts";
import { keyId } from "./key-id.ts";
import { KEYSET_ALGORITHM, KEYSET_ROLE, type SigningAlgorithm, type SigningRole } from "./key-role.ts";
import type { KeySource, SecretKey } from "./key-source.ts";

/** A gateway's keys with the keyset that publishes them. */
export interface SigningKeys {
  /** Seals and checkpoints. */
  readonly stream: DualSigner;
  /** REST texts. */
  readonly response: DualSigner;
  /** Opens encrypted requests. */
  readonly envelope: EnvelopeKey;
  /** Serialised Keyset message. */
  readonly keyset: Uint8Array;
  /** SHA-256 of `keyset`, 32 bytes. */
  readonly keysetDigest: Uint8Array;
  readonly source: KeySourceKind;
}

interface RoleKeys {
  readonly signer: DualSigner;
  readonly entries: readonly PublicKey[];
  readonly secrets: readonly Uint8Array[];
}

async function roleKeys(source: KeySource, role: SigningRole, now: number): Promise<RoleKeys> {
  const ecdsa = await source.key(role, "secp256k1");
  const ed25519 = await source.key(role, "ed25519");
  const signer = dualSigner(role, ecdsa, ed25519);
  const entry = (algorithm: SigningAlgorithm, id: string, value: Uint8Array, key: SecretKey): PublicKey =>
    create(PublicKeySchema, {
      id,
      role: KEYSET_ROLE[role],
      algorithm: KEYSET_ALGORITHM[algorithm],
      value,
      notBeforeUnixMs: BigInt(now),
      custodyChain: [...key.custodyChain],
    });
  return {
    signer,
    secrets: [ecdsa.secret, ed25519.secret],
    entries: [
      entry("ed25519", signer.ed25519KeyId, signer.ed25519PublicKey, ed25519),
      entry("secp256k1", signer.ecdsaKeyId, signer.ecdsaPublicKey, ecdsa),
    ],
  };
}

function distinctCount(values: readonly Uint8Array[]): number {
  return new Set(values.map((value) => Buffer.from(value).toString("hex"))).size;
}

/**
 * Fetches every key from the source and publishes them in one keyset. `tlsPublicKeys` are the DER
 * SubjectPublicKeyInfos of the TLS leaves in use. Rejects if the source fails or hands out one key for two roles.
 */
export async function loadSigningKeys(
  source: KeySource,
  tlsPublicKeys: readonly Uint8Array[] = [],
  now: number = Date.now(),
): Promise<SigningKeys> {
  const stream = await roleKeys(source, "stream", now);
  const response = await roleKeys(source, "response", now);
  const envelopeSecret = await source.key("envelope", "ed25519");
  const envelope = await envelopeKey(envelopeSecret);
  const envelopeEntry = create(PublicKeySchema, {
    id: envelope.id,
    role: KeyRole.ENVELOPE,
    algorithm: KeyAlgorithm.X25519,
    value: envelope.publicKey,
    notBeforeUnixMs: BigInt(now),
    custodyChain: [...envelope.custodyChain],
  });
  const tls = tlsPublicKeys.map((spki) =>
    create(PublicKeySchema, {
      id: keyId("tls", "p256", spki),
      role: KeyRole.TLS,
      algorithm: KeyAlgorithm.P256,
      value: spki,
      notBeforeUnixMs: BigInt(now),
    }),
  );
  const keys = [...stream.entries, ...response.entries, envelopeEntry, ...tls];
  // Public values would not show one secret that serves two algorithms.
  const secrets = [...stream.secrets, ...response.secrets, envelopeSecret.secret];
  if (distinctCount(secrets) !== secrets.length || distinctCount(keys.map(({ value }) => value)) !== keys.length) {
    throw new Error("the key source handed out one key for two roles");
  }
  const keyset = toBinary(
    KeysetSchema,
    create(KeysetSchema, {
      keys,
      source: source.kind,
      createdUnixMs: BigInt(now),
      tlsSpkiDigests: tlsPublicKeys.map((spki) => new Uint8Array(hash("sha256", spki, "buffer"))),
    }),
  );
  return {
    stream: stream.signer,
    response: response.signer,
    envelope,
    keyset,
    keysetDigest: new Uint8Array(hash("sha256", keyset, "buffer")),
    source: source.kind,
  };
}
