import { isIP } from "node:net";
import { certificatePem } from "@countersign/client/x509";
import {
  type AlternativeName,
  basicConstraints,
  buildCertificate,
  extendedKeyUsage,
  KEY_PURPOSE,
  keyIdentifier,
  keyUsage,
  randomSerial,
  subjectAlternativeName,
  subjectKeyIdentifier,
} from "../certificates/index.ts";
import type { LeafEvidence } from "./leaf-evidence.ts";
import { type LeafIssuer, leafName } from "./leaf-issuer.ts";
import type { LeafKey } from "./leaf-key.ts";

/** Validity of a leaf. Seconds. */
export const LEAF_LIFETIME_SECONDS = 24 * 3600;

export interface LeafInput {
  readonly key: LeafKey;
  readonly issuer: LeafIssuer;
  readonly evidence: LeafEvidence;
  /** What the leaf is for; the first is its common name. */
  readonly names: readonly [string, ...string[]];
  readonly simulated: boolean;
}

/** One leaf, ready to be presented. */
export interface Leaf {
  /** The leaf and its issuer's certificate, PEM. */
  readonly chain: string;
  /** Unix seconds. */
  readonly notAfter: number;
}

/** Mints a leaf: CA:FALSE, for servers, valid for 24 hours from the minute its evidence speaks of. */
export function mintLeaf({ key, issuer, evidence, names, simulated }: LeafInput): Leaf {
  const [commonName] = names;
  const subject = leafName(commonName, simulated);
  const notAfter = Math.min(evidence.notBefore + LEAF_LIFETIME_SECONDS, issuer.notAfter);
  const alternatives = names.map((name): AlternativeName => (isIP(name) === 0 ? { dns: name } : { ip: name }));
  const certificate = buildCertificate({
    serial: randomSerial(),
    issuerName: issuer.name ?? subject,
    subjectName: subject,
    notBefore: evidence.notBefore,
    notAfter,
    publicKeySpkiDer: key.spki,
    extensions: [
      basicConstraints({ ca: false }),
      keyUsage("digitalSignature"),
      extendedKeyUsage(KEY_PURPOSE.serverAuth),
      subjectAlternativeName(alternatives as [AlternativeName, ...AlternativeName[]]),
      subjectKeyIdentifier(keyIdentifier(key.spki)),
      ...(issuer.authorityKeyIdentifier === undefined ? [] : [issuer.authorityKeyIdentifier]),
      ...evidence.extensions,
    ],
    signer: issuer.signer,
  });
  return { chain: certificatePem(certificate) + issuer.chain, notAfter };
}
