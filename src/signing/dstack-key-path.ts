import type { HeldRole, SigningAlgorithm } from "./key-role.ts";

/** Last part of the path under which deployed gateways keep their response keys. */
const RESPONSE_KEY: Record<SigningAlgorithm, string> = {
  secp256k1: "ecdsa-signing-key",
  ed25519: "ed25519-signing-key",
};

/**
 * Path of a key in a dstack KMS. A path decides the secret, alone: every role and algorithm has its own. Response keys
 * stand where deployed gateways have them, so that a deployment that moves here keeps its signing addresses.
 *
 * `docs/keys.md` lists them all.
 */
export function dstackKeyPath(role: HeldRole, algorithm: SigningAlgorithm, modelName: string): string {
  return role === "response" ? `${modelName}/${RESPONSE_KEY[algorithm]}` : `countersign/${role}/${algorithm}/v1`;
}
