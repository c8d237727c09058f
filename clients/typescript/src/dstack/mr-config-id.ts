import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { crypto } from "../crypto/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import type { KeyProvider } from "./key-provider.ts";
import type { PlatformClaims } from "./platform-claims.ts";

/** The byte and the word that stand for a key provider; the event log has words of its own. */
const PROVIDERS: { readonly [name: string]: { readonly byte: number; readonly word: string } } = {
  none: { byte: 0, word: "none" },
  "local-sgx": { byte: 1, word: "local" },
  kms: { byte: 2, word: "kms" },
  tpm: { byte: 3, word: "tpm" },
};
const providerOf = (name: string) => (Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined);

const DOCUMENT_PREFIX = utf8ToBytes("dstack-mr-config-v3:\0");

/** MRCONFIGID, version 1: the compose hash itself. 48 bytes. */
export function mrConfigIdV1(composeHash: Uint8Array): Uint8Array {
  return configId(1, composeHash);
}

/** What version 2 commits to. */
export interface MrConfigV2 {
  /** 32 bytes. */
  readonly composeHash: Uint8Array;
  /** 20 bytes. */
  readonly appId: Uint8Array;
  readonly keyProvider: KeyProvider;
}

/** MRCONFIGID, version 2: Keccak-256 over application and key provider. 48 bytes; undefined for unknown providers. */
export function mrConfigIdV2({ composeHash, appId, keyProvider }: MrConfigV2): Uint8Array | undefined {
  const provider = providerOf(keyProvider.name);
  if (provider === undefined) return undefined;
  const id = hexToBytes(keyProvider.id);
  return configId(2, keccak_256(concatBytes(composeHash, appId, Uint8Array.of(provider.byte), id)));
}

/** MRCONFIGID, version 3: SHA-256 over the exact text of a document. 48 bytes. */
export function mrConfigIdV3(document: string): Uint8Array {
  return configId(3, crypto.digest("sha256", DOCUMENT_PREFIX, utf8ToBytes(document)));
}

/**
 * Whether MRCONFIGID commits to these claims. False for version 0 and for versions this module does not know.
 *
 * @param mrConfigId 48 bytes, of a verified quote
 */
export function commitsTo(mrConfigId: Uint8Array, claims: PlatformClaims): boolean {
  const { composeHash, appId, keyProvider } = claims;
  const equals = (expected: Uint8Array | undefined) => expected !== undefined && equalBytes(mrConfigId, expected);
  if (mrConfigId[0] === 1) return equals(mrConfigIdV1(composeHash));
  if (keyProvider === undefined) return false;
  if (mrConfigId[0] === 2) return equals(mrConfigIdV2({ composeHash, appId, keyProvider }));
  if (mrConfigId[0] === 3) return documents(claims, keyProvider).some((document) => equals(mrConfigIdV3(document)));
  return false;
}

/**
 * Every document the host can have written for these claims. It does not travel with the evidence, but it is canonical
 * JSON (RFC 8785) of what the log states, and only which members it has is open: some can be left out, and earlier
 * hosts wrote two of them as empty texts. Each of the at most 72 names the compose hash and the provider.
 */
function documents(claims: PlatformClaims, keyProvider: KeyProvider): readonly string[] {
  const provider = providerOf(keyProvider.name);
  if (provider === undefined) return [];
  const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? [] : [bytesToHex(bytes)]);
  // In the order of RFC 8785, 3.2.3: by name.
  const members: readonly (readonly [name: string, choices: readonly unknown[]])[] = [
    ["app_id", [undefined, ...hex(claims.appId)]],
    ["compose_hash", hex(claims.composeHash)],
    ["gpu_policy_hash", [undefined, ...hex(claims.gpuPolicyHash)]],
    ["init_script_hashes", [undefined, claims.initScriptHashes.map(bytesToHex)]],
    ["instance_id", [undefined, "", ...hex(claims.instanceId)]],
    ["key_provider", [provider.word]],
    ["key_provider_id", [undefined, "", keyProvider.id]],
    ["version", [3]],
  ];
  let objects: { readonly [name: string]: unknown }[] = [{}];
  for (const [name, choices] of members) {
    objects = objects.flatMap((object) => choices.map((value) => ({ ...object, [name]: value })));
  }
  // JSON.stringify keeps the order of the members and leaves out the undefined ones.
  return objects.map((object) => JSON.stringify(object));
}

function configId(version: number, digest: Uint8Array): Uint8Array {
  const id = new Uint8Array(48);
  id[0] = version;
  id.set(digest, 1);
  return id;
}
