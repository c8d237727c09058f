import { DerError, readSingle, TAG } from "../der/index.ts";
import type { Policy } from "../policy/index.ts";
import { equalBytes } from "../transcript/equal-bytes.ts";
import { CheckFailure, type Checks } from "../verdict/index.ts";
import { type Certificate, OID, parseCertificate, verifyChain } from "../x509/index.ts";
import { isNamed, parseLeafNames } from "./leaf-name.ts";

/** What a presented certificate chain is judged by. */
export interface LeafCertificateInput {
  /** DER as presented, leaf first. Attacker-controlled. */
  readonly chain: readonly Uint8Array[];
  /** Name or address that was dialled. Undefined: names are not judged, and the check says so. */
  readonly expectedName?: string | undefined;
  /** Unix seconds, finite. */
  readonly now: number;
  readonly policy: Policy;
}

/** How far the clocks of server and verifier may differ. Seconds. */
export const CLOCK_LEEWAY_SECONDS = 300;
/** Most certificates of a chain. */
const MAX_CHAIN = 8;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
/** Critical extensions that are evaluated here, beside those every chain is held to. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.subjectAltName,
]);

/**
 * Makes the check `tls.certificate`: strict DER without an extension twice, validity now, a server's leaf that is no
 * CA, the name that was dialled, and, where the policy names roots for TLS, a chain to one of them. Without such roots
 * issuers count for nothing: the quote vouches for the key, whoever signed the certificate.
 *
 * @returns the leaf if it can be read, also when the check failed
 */
export async function judgeLeafCertificate(
  checks: Checks,
  input: LeafCertificateInput,
): Promise<Certificate | undefined> {
  let leaf: Certificate | undefined;
  await checks.run("tls.certificate", async () => {
    const { chain, expectedName, now, policy } = input;
    const [first] = chain;
    if (first === undefined) throw new CheckFailure("the server presented no certificate");
    if (chain.length > MAX_CHAIN) throw CheckFailure.malformed(`the chain holds more than ${MAX_CHAIN} certificates`);
    leaf = parseCertificate(first);
    judgeValidity(leaf, now);
    judgeUse(leaf);
    if (expectedName !== undefined) judgeName(leaf, expectedName);
    const roots = policy.roots.filter(({ kind }) => kind === "tls").map(({ certificate }) => certificate);
    if (roots.length > 0) await judgeChain([leaf, ...chain.slice(1).map(parseCertificate)], roots, now);
    const name = expectedName === undefined ? "no name was judged" : "it is for the name that was dialled";
    const issuer = roots.length === 0 ? "its issuer was not judged" : "its chain ends in a root the policy names";
    return { value: undefined, cause: `the leaf is a server's and valid now; ${name}; ${issuer}` };
  });
  return leaf;
}

function judgeValidity({ notBefore, notAfter }: Certificate, now: number): void {
  if (!Number.isFinite(now)) throw new CheckFailure("the moment of verification is not a number");
  const remedy = "check the clock, and have the gateway issue its leaf anew";
  if (now < notBefore - CLOCK_LEEWAY_SECONDS) throw new CheckFailure("the leaf is not valid yet", remedy);
  if (now > notAfter + CLOCK_LEEWAY_SECONDS) throw new CheckFailure("the leaf has expired", remedy);
}

function judgeUse(leaf: Certificate): void {
  for (const { oid, critical } of leaf.extensions.values()) {
    if (critical && !UNDERSTOOD.has(oid)) {
      throw new CheckFailure(`the leaf has a critical extension this verifier does not know (${oid})`);
    }
  }
  // RFC 5280, 4.2.1.9: without basic constraints a certificate is no CA's.
  if (leaf.basicConstraints?.ca === true) throw new CheckFailure("the leaf is a CA's certificate");
  if (leaf.keyUsage?.digitalSignature === false) throw new CheckFailure("the leaf's key may not sign");
  const usage = leaf.extensions.get(OID.extendedKeyUsage);
  if (usage !== undefined && !parseUsages(usage.value).includes(SERVER_AUTH)) {
    throw new CheckFailure("the leaf is not for servers");
  }
}

function parseUsages(value: Uint8Array): readonly string[] {
  const list = readSingle(value, TAG.sequence, "extended key usage");
  const usages: string[] = [];
  do usages.push(list.oid("key purpose"));
  while (!list.done);
  return usages;
}

function judgeName(leaf: Certificate, expectedName: string): void {
  const extension = leaf.extensions.get(OID.subjectAltName);
  if (extension === undefined || !isNamed(parseLeafNames(extension.value), expectedName)) {
    throw new CheckFailure("the leaf is not for the name that was dialled", "dial a name the leaf has");
  }
}

/** The root itself may be left out of a TLS handshake (RFC 8446, 4.4.2), so it is put back where its name fits. */
async function judgeChain(presented: readonly Certificate[], roots: readonly Uint8Array[], now: number): Promise<void> {
  const last = presented.at(-1);
  const isWhole = roots.some((root) => last !== undefined && equalBytes(root, last.encoded));
  const missing = isWhole
    ? undefined
    : roots.map(readRoot).find((root) => last !== undefined && equalBytes(root.subject.encoded, last.issuer.encoded));
  const chain = missing === undefined ? presented : [...presented, missing];
  await verifyChain(chain, { now, roots, understood: UNDERSTOOD, leafWithoutConstraints: true });
}

function readRoot(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof DerError) throw new CheckFailure("a TLS root of the policy is not a certificate");
    throw error;
  }
}
