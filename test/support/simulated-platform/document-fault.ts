import {
  type CertifiedKey,
  certifiedKey,
  collateralDate,
  newKey,
  type PlatformMaterial,
  pemChain,
  rawSignature,
} from "../../../src/tee/simulated/platform/index.ts";

/** A signed text of the collateral with the chain of its signer. */
export interface SignedDocument {
  readonly text: string;
  /** r ‖ s in hex. */
  readonly signature: string;
  /** PEM. */
  readonly chain: string;
}

/** What can be wrong with TCB info or enclave identity; except for `edited` and `foreign key` its signature is good. */
export const DOCUMENT_FAULTS = [
  "expired",
  "future",
  "unreadable date",
  "wrong id",
  "wrong version",
  /** One digit changed after signing. */
  "edited",
  /** The same fields in the same order with white space that was not there when it was signed. */
  "written again",
  "foreign key",
  /** Signed by the PCK key, with its whole chain of three. */
  "signed by PCK",
  /** Signed by a leaf in the PCK's role that the root itself issued: a good chain of two, only the role is wrong. */
  "signed in another role",
  /** The issuer chain is followed by a third certificate. */
  "third certificate",
] as const;

export type DocumentFault = (typeof DOCUMENT_FAULTS)[number];

const DAY = 86_400;

/** The document again with a fault. */
export function faultyDocument(
  fault: DocumentFault,
  document: SignedDocument,
  material: PlatformMaterial,
  now: number,
): SignedDocument {
  const { root, pckCa, pck, tcbSigning } = material;
  const signed = (text: string, by: CertifiedKey = tcbSigning, chain = document.chain): SignedDocument => ({
    text,
    signature: Buffer.from(rawSignature(by.privateKey, text)).toString("hex"),
    chain,
  });
  const changed = (changes: Readonly<Record<string, unknown>>): string =>
    JSON.stringify({ ...JSON.parse(document.text), ...changes });
  switch (fault) {
    case "expired":
      return signed(changed({ issueDate: collateralDate(now - 60 * DAY), nextUpdate: collateralDate(now - 1) }));
    case "future":
      return signed(changed({ issueDate: collateralDate(now + 1) }));
    case "unreadable date":
      return signed(changed({ nextUpdate: "some day" }));
    case "wrong id":
      return signed(changed({ id: "SGX" }));
    case "wrong version":
      return signed(changed({ version: 99 }));
    case "edited":
      return { ...document, text: changed({ tcbEvaluationDataNumber: 18 }) };
    case "written again":
      return { ...document, text: JSON.stringify(JSON.parse(document.text), null, 1) };
    case "foreign key":
      return signed(document.text, { ...tcbSigning, privateKey: newKey().privateKey });
    case "signed by PCK":
      return signed(document.text, pck, pemChain(pck, pckCa, root));
    case "signed in another role": {
      const leaf = certifiedKey(
        {
          commonName: "Intel SGX PCK Certificate",
          notBefore: now - DAY,
          notAfter: now + DAY,
          basicConstraints: { ca: false },
          keyUsage: ["digitalSignature", "nonRepudiation"],
          crlUrl: "https://sim.invalid/rootcacrl.der",
          furtherExtensions: [],
        },
        root,
      );
      return signed(document.text, leaf, pemChain(leaf, root));
    }
    case "third certificate":
      return { ...document, chain: document.chain + pemChain(root) };
  }
}
