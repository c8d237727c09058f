import { type CustodyRoots, KMS_PURPOSE, recoverCustody } from "@countersign/client/dstack";
import { equalBytes } from "@countersign/client/transcript";
import { KeySourceKind } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { type AgentKey, type DstackAgent, type GuestInfo, TeeError } from "../tee/index.ts";
import { dstackKeyPath } from "./dstack-key-path.ts";
import { ed25519PrivateKey, ed25519PublicKey } from "./ed25519.ts";
import type { HeldRole, SigningAlgorithm } from "./key-role.ts";
import type { KeySource } from "./key-source.ts";
import { secp256k1PublicKey } from "./secp256k1.ts";

export interface DstackKeyOptions {
  /** The gateway's model name, a part of the response keys' paths. */
  readonly modelName: string;
}

/**
 * Keys derived by the dstack KMS for this application, each with the signatures that show it.
 *
 * Before a key is used, its custody chain is held against it: signatures of the right form, over this key, this purpose
 * and this application, and leading to the same roots as every other key's. An agent too old for Ed25519 keys, or one
 * that answers for another path's purpose, is found out here. Whose roots they are is not judged: this gateway has no
 * more reason to trust the agent than its callers have, and callers compare them with roots they pin.
 *
 * @throws TeeError `tee.unsupported` for a model name that cannot stand in a path; the source rejects with TeeErrors
 */
export function dstackKeySource(agent: DstackAgent, { modelName }: DstackKeyOptions): KeySource {
  if (modelName === "" || modelName.length > 256 || /\p{Cc}/u.test(modelName)) {
    throw new TeeError("tee.unsupported", "the model name is empty, too long or holds control characters");
  }
  let guest: GuestInfo | undefined;
  let common: CustodyRoots | undefined;
  return {
    kind: KeySourceKind.DSTACK,
    async key(role, algorithm) {
      guest ??= await agent.info();
      const derived = await agent.getKey(dstackKeyPath(role, algorithm, modelName), KMS_PURPOSE[role], algorithm);
      const roots = custody(guest, role, algorithm, derived);
      common ??= roots;
      const sameKms =
        roots.kmsRoot === undefined || common.kmsRoot === undefined
          ? roots.kmsRoot === common.kmsRoot
          : equalBytes(roots.kmsRoot, common.kmsRoot);
      if (!sameKms || !equalBytes(roots.appRoot, common.appRoot)) {
        throw unfit(
          role,
          algorithm,
          "leads to other roots than the keys before it; dstack before 0.5.7 has no Ed25519 keys",
        );
      }
      return { secret: derived.key, custodyChain: derived.signatureChain };
    },
  };
}

/** @throws TeeError `tee.mismatch` if the chain is not one for this key */
function custody(info: GuestInfo, role: HeldRole, algorithm: SigningAlgorithm, derived: AgentKey): CustodyRoots {
  const [, byKms] = derived.signatureChain;
  if (byKms.length === 0 && !withoutKms(info)) {
    throw unfit(role, algorithm, "has no signature of the KMS, which this guest is said to have");
  }
  const key = {
    id: `${role}-${algorithm}`,
    role,
    algorithm,
    publicKey: publicKey(role, algorithm, derived.key),
    purpose: KMS_PURPOSE[role],
    custodyChain: derived.signatureChain,
  };
  const roots = recoverCustody(key, info.appId);
  if (roots === undefined) throw unfit(role, algorithm, "is not one of this key");
  return roots;
}

function publicKey(role: HeldRole, algorithm: SigningAlgorithm, secret: Uint8Array): Uint8Array {
  try {
    return algorithm === "ed25519" ? ed25519PublicKey(ed25519PrivateKey(secret)) : secp256k1PublicKey(secret);
  } catch {
    // A library's text may quote the scalar.
    throw new TeeError("tee.malformed", `dstack agent: the ${algorithm} key of role ${role} is not a valid one`);
  }
}

/** Keys of a local provider have no KMS signature. Whoever cannot say what the provider is, has to show one. */
function withoutKms({ keyProvider }: GuestInfo): boolean {
  let provider: unknown;
  try {
    provider = JSON.parse(keyProvider ?? "null");
  } catch {
    return false;
  }
  if (typeof provider !== "object" || provider === null || !("name" in provider)) return false;
  return provider.name === "local-sgx" || provider.name === "tpm" || provider.name === "none";
}

function unfit(role: HeldRole, algorithm: SigningAlgorithm, why: string): TeeError {
  return new TeeError("tee.mismatch", `dstack agent: the custody chain of the ${algorithm} key of role ${role} ${why}`);
}
