import { bytesToHex } from "@noble/hashes/utils.js";
import type { Policy } from "../policy/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import type { Checks } from "../verdict/index.ts";
import { type CustodyKey, recoverCustody } from "./custody-chain.ts";
import { type KmsBinding, kmsReportData } from "./kms-binding.ts";
import { recoverSigner } from "./recover-signer.ts";

/** What key custody is judged by. */
export interface CustodyInput {
  /** Every key the service must have issued. The keyset they come from bounds their number. */
  readonly keys: readonly CustodyKey[];
  /** Application id of the verified event log, 20 bytes; undefined if there is none. */
  readonly appId: Uint8Array | undefined;
  readonly policy: Policy;
  /** Undefined where the service's own attestation is not at hand. */
  readonly kmsBinding?: KmsBinding | undefined;
}

/**
 * Verifies that one key management service issued every key to this application. Records `key.custody` and
 * `kms.binding`. Unless the policy pins roots, custody is reported and not judged.
 *
 * It shows who issued a key to which application, not that this quote's machine holds it: that is what the keyset in
 * the quote says.
 */
export function verifyCustody(checks: Checks, { keys, appId, policy, kmsBinding }: CustodyInput): void {
  const { roots: pinned } = policy.kms;
  const custody = commonCustody(keys, appId);
  if (pinned === undefined) {
    checks.skip("key.custody", `${custody.finding}; the policy pins no root`, { required: false });
  } else if (custody.kmsRoot !== undefined && pinned.includes(bytesToHex(custody.kmsRoot))) {
    checks.pass("key.custody", custody.finding);
  } else {
    const cause =
      custody.kmsRoot === undefined ? custody.finding : `${custody.finding}, which the policy does not name`;
    checks.fail("key.custody", cause, "have every key issued by a key management service whose root the policy names");
  }
  judgeBinding(checks, custody.kmsRoot, kmsBinding);
}

interface Custody {
  /** The root all keys lead to, compressed, 33 bytes; undefined if they do not lead to one. */
  readonly kmsRoot: Uint8Array | undefined;
  /** What was found, one sentence without its end. */
  readonly finding: string;
}

/** The root that all keys lead to, by one root of the application. */
function commonCustody(keys: readonly CustodyKey[], appId: Uint8Array | undefined): Custody {
  const none = (finding: string): Custody => ({ kmsRoot: undefined, finding });
  if (appId === undefined) return none("no verified event log says which application the keys were issued to");
  const recover = remembering(recoverSigner);
  let common: { readonly appRoot: Uint8Array; readonly kmsRoot: Uint8Array } | undefined;
  for (const key of keys) {
    const name = `key ${key.id} (${key.role})`;
    if (key.custodyChain.length === 0) return none(`${name} states no custody`);
    const roots = recoverCustody(key, appId, recover);
    if (roots === undefined) return none(`the custody chain of ${name} cannot be read`);
    const { appRoot, kmsRoot } = roots;
    if (kmsRoot === undefined) return none(`no key management service vouches for ${name}`);
    common ??= { appRoot, kmsRoot };
    if (!equalBytes(appRoot, common.appRoot)) {
      return none(`${name} leads to another root of the application than the keys before it`);
    }
    if (!equalBytes(kmsRoot, common.kmsRoot)) {
      return none(`${name} leads to another key management service than the keys before it`);
    }
  }
  if (common === undefined) return none("there are no keys");
  return { kmsRoot: common.kmsRoot, finding: `every key leads to the root ${bytesToHex(common.kmsRoot)}` };
}

/** Recovering a key costs milliseconds, and every key of an application comes with the same signature over its root. */
function remembering(recover: typeof recoverSigner): typeof recoverSigner {
  const known = new Map<string, Uint8Array | undefined>();
  return (signature, message) => {
    const name = `${bytesToHex(signature)}.${bytesToHex(message)}`;
    if (!known.has(name)) known.set(name, recover(signature, message));
    return known.get(name);
  };
}

function judgeBinding(checks: Checks, kmsRoot: Uint8Array | undefined, binding: KmsBinding | undefined): void {
  if (binding === undefined) {
    checks.skip("kms.binding", "the attestation of the key management service is not at hand", { required: false });
  } else if (kmsRoot === undefined || !equalBytes(kmsRoot, binding.k256Root)) {
    checks.fail(
      "kms.binding",
      "the attested root is not the one the keys lead to",
      "supply the attestation of the service that issued the keys",
    );
  } else if (!equalBytes(binding.reportData, kmsReportData(binding.caCertificateSpki, binding.k256Root))) {
    checks.fail(
      "kms.binding",
      "the key management service did not attest these two roots together",
      "supply the quote of the service's bootstrap",
    );
  } else {
    checks.pass("kms.binding", "the key management service attested both of its roots in one quote");
  }
}
