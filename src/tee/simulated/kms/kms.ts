import { join } from "node:path";
import { secp256k1 as curve } from "@noble/curves/secp256k1.js";
import { keptFile, textFields, unreadableState } from "../state/index.ts";
import { type AppKeys, issueAppKeys } from "./app-keys.ts";
import { type CertificateAuthority, makeAuthority, openAuthority } from "./certificate-authority.ts";

/** A stand-in for dstack's key management service. Its keys protect nothing: they lie in a file. */
export interface SimulatedKms {
  /** Public key of the secp256k1 root, compressed, 33 bytes: what a policy pins to check the custody of keys. */
  readonly rootPublicKey: Uint8Array;
  /** The P-256 CA: what the `key-provider` event names. */
  readonly authority: CertificateAuthority;
  /** @param appId 20 bytes */
  app(appId: Uint8Array): AppKeys;
}

const FILE = "kms.json";
const FORMAT = "countersign.simulated.kms.v1";

/**
 * The KMS of an installation: made at the first call, the same one ever after. Root and CA are keys of their own, and
 * neither has anything to do with the keys of the simulated platform or the simulated GPUs.
 *
 * @param stateDirectory made with mode 0700 if it is not there
 * @throws TeeError
 */
export function openSimulatedKms(stateDirectory: string): SimulatedKms {
  const path = join(stateDirectory, FILE);
  const text = keptFile(stateDirectory, FILE, makeState);
  const state = textFields(text, path, ["format", "root_key", "ca_key", "ca_certificate"]);
  if (state.format !== FORMAT) throw unreadableState(path, `not of the format ${FORMAT}`);
  const rootKey = /^[0-9a-f]{64}$/.test(state.root_key)
    ? new Uint8Array(Buffer.from(state.root_key, "hex"))
    : undefined;
  if (rootKey === undefined || !curve.utils.isValidSecretKey(rootKey))
    throw unreadableState(path, "the root key is none");
  let authority: CertificateAuthority;
  try {
    authority = openAuthority({ key: state.ca_key, certificate: state.ca_certificate });
  } catch {
    throw unreadableState(path, "the CA's key and certificate are not a pair");
  }
  return {
    rootPublicKey: curve.getPublicKey(rootKey, true),
    authority,
    app: (appId) => issueAppKeys(rootKey, appId),
  };
}

function makeState(): string {
  const { key, certificate } = makeAuthority();
  const state = {
    format: FORMAT,
    root_key: Buffer.from(curve.utils.randomSecretKey()).toString("hex"),
    ca_key: key,
    ca_certificate: certificate,
  };
  return `${JSON.stringify(state, undefined, 2)}\n`;
}
