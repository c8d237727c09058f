import { sign } from "node:crypto";
import { ed25519PrivateKey, ed25519PublicKey } from "./ed25519.ts";
import { eip191Digest, ethereumAddress } from "./eip191.ts";
import { keyId } from "./key-id.ts";
import type { SigningRole } from "./key-role.ts";
import type { SecretKey } from "./key-source.ts";
import { secp256k1, secp256k1PublicKey } from "./secp256k1.ts";

/** Both signatures over one text. */
export interface DualSignature {
  /** r ‖ s ‖ v, v = 27 or 28, 65 bytes. */
  readonly ecdsa: Uint8Array;
  /** 64 bytes. */
  readonly ed25519: Uint8Array;
}

/** The public half of a role's two signing keys. */
export interface SigningIdentity {
  readonly role: SigningRole;
  readonly ecdsaKeyId: string;
  /** Uncompressed, 65 bytes. */
  readonly ecdsaPublicKey: Uint8Array;
  /** Ethereum address of the ECDSA key, lower case with 0x. */
  readonly ecdsaAddress: string;
  readonly ed25519KeyId: string;
  /** 32 bytes. */
  readonly ed25519PublicKey: Uint8Array;
}

/** Signs the texts of one role with both of its keys. Costs about 100 µs of CPU a text, synchronously. */
export interface DualSigner extends SigningIdentity {
  /** ECDSA under EIP-191 and pure Ed25519 over the UTF-8 bytes of `text`. */
  sign(text: string): DualSignature;
  /** Ed25519 alone: for checkpoints. */
  signEd25519(text: string): Uint8Array;
}

/** Throws if the ECDSA secret is not a valid scalar or the Ed25519 seed has not 32 bytes. */
export function dualSigner(role: SigningRole, ecdsa: SecretKey, ed25519: SecretKey): DualSigner {
  const ecdsaPublicKey = secp256k1PublicKey(ecdsa.secret);
  const privateKey = ed25519PrivateKey(ed25519.secret);
  const publicKey = ed25519PublicKey(privateKey);
  const signEd25519 = (text: string): Uint8Array => sign(null, Buffer.from(text), privateKey);
  return {
    role,
    ecdsaKeyId: keyId(role, "secp256k1", ecdsaPublicKey),
    ecdsaPublicKey,
    ecdsaAddress: ethereumAddress(ecdsaPublicKey),
    ed25519KeyId: keyId(role, "ed25519", publicKey),
    ed25519PublicKey: publicKey,
    signEd25519,
    sign(text) {
      const signature = secp256k1.sign(eip191Digest(text), ecdsa.secret);
      signature[64] = (signature[64] as number) + 27; // EIP-191 writes the recovery id as 27 or 28.
      return { ecdsa: signature, ed25519: signEd25519(text) };
    },
  };
}
