import { CheckFailure } from "../verdict/index.ts";
import { PemError, parsePemCertificates } from "../x509/index.ts";
import { type EnclaveIdentity, parseEnclaveIdentity } from "./enclave-identity.ts";
import { JsonObject } from "./json-object.ts";
import { parseStrictJson } from "./strict-json.ts";
import { parseTcbInfo, type TcbInfo } from "./tcb-info.ts";

/** A document of Intel's as it was signed: the exact bytes, and what they say once the signature holds. */
export interface SignedDocument<T> {
  /** UTF-8 of the text exactly as it stood in the container: what the signature covers. */
  readonly signedBytes: Uint8Array;
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array;
  /** DER of the signer and the root. Exactly two. */
  readonly issuerChain: IssuerChain;
  readonly content: T;
}

/** DER of a signing certificate and of the root that issued it. */
export type IssuerChain = readonly [signer: Uint8Array, root: Uint8Array];

/** What Intel publishes about platforms, as evidence carries it. Read, not yet verified. */
export interface Collateral {
  /** DER of the PCK CA and the root. */
  readonly pckCrlIssuerChain: IssuerChain;
  /** DER of a revocation list. */
  readonly rootCaCrl: Uint8Array;
  /** DER of a revocation list. */
  readonly pckCrl: Uint8Array;
  readonly tcbInfo: SignedDocument<TcbInfo>;
  readonly enclaveIdentity: SignedDocument<EnclaveIdentity>;
}

/** Longest container. Characters: genuine ones have about 20 000, and 70 more for each revoked platform. */
const MAX_COLLATERAL_TEXT = 1024 * 1024;

const FIELDS: ReadonlySet<string> = new Set([
  "pck_crl_issuer_chain",
  "root_ca_crl",
  "pck_crl",
  "tcb_info_issuer_chain",
  "tcb_info",
  "tcb_info_signature",
  "qe_identity_issuer_chain",
  "qe_identity",
  "qe_identity_signature",
  // Written by some producers, to stand in for the chain inside the quote. The chain that counts is the quote's.
  "pck_certificate_chain",
]);

/**
 * Reads the nine-field container. Members it does not know are refused, as are two of one name: parsers differ in what
 * they make of them, and evidence has one reading.
 *
 * @param text attacker-controlled JSON
 * @throws CheckFailure malformed; not malformed for documents of another kind, such as SGX
 */
export function parseCollateral(text: string): Collateral {
  if (text.length > MAX_COLLATERAL_TEXT) throw CheckFailure.malformed("the collateral is too large");
  const container = new JsonObject(parseStrictJson(text, "collateral"), "collateral");
  if (container.names.some((name) => !FIELDS.has(name))) {
    throw CheckFailure.malformed("the collateral has a member this verifier does not know");
  }
  return {
    pckCrlIssuerChain: readIssuerChain(container, "pck_crl_issuer_chain"),
    rootCaCrl: container.hex("root_ca_crl"),
    pckCrl: container.hex("pck_crl"),
    tcbInfo: readDocument(container, "tcb_info", parseTcbInfo),
    enclaveIdentity: readDocument(container, "qe_identity", parseEnclaveIdentity),
  };
}

/** The text is parsed and encoded from the same string, never written anew: the signature covers what was written. */
function readDocument<T>(container: JsonObject, name: string, parse: (text: string) => T): SignedDocument<T> {
  const text = container.string(name);
  // Half a surrogate pair has no UTF-8; encoders replace it, and the bytes would not be those of the text.
  if (!text.isWellFormed()) throw CheckFailure.malformed(`collateral.${name} is not Unicode text`);
  return {
    signedBytes: new TextEncoder().encode(text),
    signature: container.hex(`${name}_signature`, 64),
    issuerChain: readIssuerChain(container, `${name}_issuer_chain`),
    content: parse(text),
  };
}

function readIssuerChain(container: JsonObject, name: string): IssuerChain {
  try {
    const [signer, root, ...more] = parsePemCertificates(container.string(name), 2);
    if (signer === undefined || root === undefined || more.length > 0) throw new PemError("one certificate");
    return [signer, root];
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw CheckFailure.malformed(`collateral.${name} is not two PEM certificates: ${error.message}`);
  }
}
