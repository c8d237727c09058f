import { isIP } from "node:net";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import type { LeafEvidence } from "./leaf-evidence.ts";
import type { LeafIssuer } from "./leaf-issuer.ts";
import type { LeafKey } from "./leaf-key.ts";
import { type Leaf, mintLeaf } from "./mint-leaf.ts";

/** All leaves of one generation: one quote, one moment, one leaf for each name. */
export interface LeafSet {
  /** Counts mintings, from 1. */
  readonly generation: number;
  /** What is presented without a server name, or for one that is not on the list. */
  readonly fallback: Leaf;
  /** Earliest end of any of them. Unix seconds. */
  readonly notAfter: number;
  /** What is presented for a server name; undefined for names that are not on the list. */
  contextFor(serverName: string): SecureContext | undefined;
}

export interface LeafSetInput {
  readonly generation: number;
  readonly key: LeafKey;
  readonly issuer: LeafIssuer;
  readonly evidence: LeafEvidence;
  /** Allow-list of host names and addresses. */
  readonly names: readonly string[];
  readonly simulated: boolean;
  /** Further options of every context. */
  readonly tls: SecureContextOptions;
}

/**
 * Mints the leaves of a generation. Server names are attacker-controlled: they are looked up in a table that is
 * complete from the start, so that an unknown one costs neither a quote nor a key nor memory.
 */
export function mintLeafSet(input: LeafSetInput): LeafSet {
  const { generation, key, issuer, evidence, names, simulated, tls } = input;
  const mint = (own: readonly [string, ...string[]]): Leaf =>
    mintLeaf({ key, issuer, evidence, names: own, simulated });
  const hosts = names.filter((name) => isIP(name) === 0).map((name) => name.toLowerCase());
  const addresses = names.filter((name) => isIP(name) !== 0);
  // Without a server name the caller dialled an address, so the default leaf is for all of them.
  const [first = "countersign", ...others] = [...hosts.slice(0, 1), ...addresses];
  const fallback = mint([first, ...others]);
  const contexts = new Map(
    hosts.slice(1).map((name) => [name, createSecureContext({ ...tls, cert: mint([name]).chain, key: key.pem })]),
  );
  return {
    generation,
    fallback,
    notAfter: fallback.notAfter,
    contextFor: (serverName) => contexts.get(serverName.toLowerCase()),
  };
}
