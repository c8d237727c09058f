import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure } from "../verdict/index.ts";
import type { Certificate } from "./certificate.ts";
import type { Extension } from "./extension.ts";
import { OID } from "./oid.ts";
import { isSignedBy } from "./signed-object.ts";

/** What a chain has to satisfy. */
export interface ChainRules {
  /** Moment of judgement. Unix seconds, finite. */
  readonly now: number;
  /** What the last certificate must equal, byte for byte. At least one. */
  readonly roots: readonly Uint8Array[];
  /** Critical extensions that the caller evaluates itself; any other unknown critical one refuses. */
  readonly understood?: ReadonlySet<string>;
  /** Whether the leaf may lack basic constraints. Default: it must state that it is no CA. */
  readonly leafWithoutConstraints?: boolean;
}

/** Critical extensions this module evaluates. */
const EVALUATED: ReadonlySet<string> = new Set([OID.basicConstraints, OID.keyUsage]);

/**
 * Holds a chain to RFC 5280, 6.1, in the strict form of hardware evidence: names chain by their exact DER *and* every
 * signature verifies, each certificate is valid now, every CA says so and may sign certificates within its path
 * length, no critical extension is unknown, and the last certificate is a trusted root byte for byte.
 *
 * @param chain leaf first, root last, all of it and nothing else; attacker-controlled
 * @throws CheckFailure
 */
export async function verifyChain(chain: readonly Certificate[], rules: ChainRules): Promise<void> {
  const { now, roots, understood, leafWithoutConstraints = false } = rules;
  if (!Number.isFinite(now)) throw new CheckFailure("the moment of verification is not a number");
  const [leaf] = chain;
  const root = chain.at(-1);
  if (leaf === undefined || root === undefined || chain.length < 2) {
    throw new CheckFailure("the chain holds fewer than two certificates");
  }
  if (!roots.some((trusted) => equalBytes(trusted, root.encoded))) {
    throw new CheckFailure(
      "the chain does not end in a trusted root",
      "if this root is to be trusted, name it explicitly, from a source other than the peer",
    );
  }
  for (const [index, certificate] of chain.entries()) {
    const name = describe(index, certificate);
    for (const extension of certificate.extensions.values()) refuseUnknown(name, extension, understood);
    if (now < certificate.notBefore) throw new CheckFailure(`${name} is not valid yet`, CLOCK);
    if (now > certificate.notAfter) throw new CheckFailure(`${name} has expired`, CLOCK);
    if (index === 0) {
      const constraints = certificate.basicConstraints;
      if (constraints?.ca === true || (constraints === undefined && !leafWithoutConstraints)) {
        throw new CheckFailure(`${name} does not say that it is no CA`);
      }
    } else {
      requireAuthority(name, certificate, index - 1);
    }
    const issuer = chain[index + 1];
    // The root is trusted byte for byte; its signature of itself adds nothing (RFC 5280, 6.1.1 d).
    if (issuer === undefined) continue;
    if (!equalBytes(certificate.issuer.encoded, issuer.subject.encoded)) {
      throw new CheckFailure(`${name} names another issuer than the next certificate`);
    }
    if (!(await isSignedBy(certificate, issuer.publicKey))) {
      throw new CheckFailure(`the signature of ${name} does not verify`);
    }
  }
}

const CLOCK = "check the clock, or verify at the time the evidence was recorded";

/** Position and, where it is plain text, common name: enough to find the certificate, nothing that identifies it. */
function describe(index: number, certificate: Certificate): string {
  const name = certificate.subject.commonName;
  const shown = name !== undefined && /^[A-Za-z0-9 ._-]{1,64}$/.test(name) ? ` (${name})` : "";
  return `certificate ${index}${shown}`;
}

function refuseUnknown(name: string, { oid, critical }: Extension, understood: ReadonlySet<string> | undefined): void {
  if (critical && !EVALUATED.has(oid) && understood?.has(oid) !== true) {
    throw new CheckFailure(`${name} has a critical extension this verifier does not know (${oid})`);
  }
}

/** @param below intermediate certificates between this one and the leaf */
function requireAuthority(name: string, certificate: Certificate, below: number): void {
  const { basicConstraints, keyUsage } = certificate;
  if (basicConstraints?.ca !== true) throw new CheckFailure(`${name} is not a CA`);
  if (basicConstraints.pathLength !== undefined && below > basicConstraints.pathLength) {
    throw new CheckFailure(`${name} allows fewer certificates below it than the chain has`);
  }
  if (keyUsage?.keyCertSign !== true) throw new CheckFailure(`${name} may not sign certificates`);
}
