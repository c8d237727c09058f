import { generateKeyPairSync, hash } from "node:crypto";
import { isIP } from "node:net";
import { certificatePem } from "@countersign/client/x509";
import {
  type AlternativeName,
  type CertificateExtension,
  extendedKeyUsage,
  KEY_PURPOSE,
  NO_EXPIRY,
  subjectAlternativeName,
} from "../../../certificates/index.ts";
import { der } from "../../../der/index.ts";
import { AgentRefusal } from "./agent-refusal.ts";
import type { Machine } from "./machine.ts";

/** What a TLS key is asked for. */
export interface TlsKeyRequest {
  readonly subject: string;
  readonly alternativeNames: readonly string[];
  /** Whether the certificate carries a quote over its key. */
  readonly raTls: boolean;
  readonly serverAuth: boolean;
  readonly clientAuth: boolean;
  /** Unix seconds. Default: now. */
  readonly notBefore: number | undefined;
  /** Unix seconds. Default: ten years from now, as in dstack. */
  readonly notAfter: number | undefined;
}

/** A key, PEM (PKCS#8), with its certificates, PEM, leaf first. */
export interface TlsKey {
  readonly key: string;
  readonly certificateChain: readonly string[];
}

/** dstack's RA-TLS extensions: their values stand in an OCTET STRING of their own. */
const RA_TLS = { quote: "1.3.6.1.4.1.62397.1.1", eventLog: "1.3.6.1.4.1.62397.1.2" } as const;

const TEN_YEARS = 10 * 365 * 24 * 3600;
/** RFC 5280, appendix A, upper bound of a common name. */
const MAX_SUBJECT = 64;
const MAX_NAMES = 64;

/**
 * A fresh P-256 key with a certificate of the KMS CA.
 *
 * @throws AgentRefusal
 */
export function issueTlsKey(machine: Machine, request: TlsKeyRequest): TlsKey {
  const now = Math.floor(Date.now() / 1000);
  const { subject, notBefore = now, notAfter = now + TEN_YEARS } = request;
  if (subject.length > MAX_SUBJECT) throw new AgentRefusal(`subject: more than ${MAX_SUBJECT} characters`);
  if (notAfter < notBefore || notAfter > NO_EXPIRY) throw new AgentRefusal("not_after: before not_before, or too late");
  const extensions = [...purposes(request), ...names(request.alternativeNames)];
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKeySpkiDer = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
  if (request.raTls) extensions.push(...quoteExtensions(machine, publicKeySpkiDer));
  const chain = machine.kms.authority.issue({ commonName: subject, publicKeySpkiDer, notBefore, notAfter, extensions });
  return {
    key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    certificateChain: chain.map(certificatePem),
  };
}

function purposes({ serverAuth, clientAuth }: TlsKeyRequest): CertificateExtension[] {
  const [first, ...rest] = [
    ...(serverAuth ? [KEY_PURPOSE.serverAuth] : []),
    ...(clientAuth ? [KEY_PURPOSE.clientAuth] : []),
  ];
  return first === undefined ? [] : [extendedKeyUsage(first, ...rest)];
}

function names(texts: readonly string[]): CertificateExtension[] {
  if (texts.length > MAX_NAMES) throw new AgentRefusal(`alt_names: more than ${MAX_NAMES}`);
  const [first, ...rest] = texts.map((name): AlternativeName => (isIP(name) === 0 ? { dns: name } : { ip: name }));
  if (first === undefined) return [];
  try {
    return [subjectAlternativeName([first, ...rest])];
  } catch {
    throw new AgentRefusal("alt_names: one is neither a DNS name nor an IP address");
  }
}

function quoteExtensions(machine: Machine, publicKeySpkiDer: Uint8Array): CertificateExtension[] {
  const statement = Buffer.concat([Buffer.from("ratls-cert:", "ascii"), publicKeySpkiDer]);
  const quote = machine.quote(new Uint8Array(hash("sha512", statement, "buffer")));
  return [
    { oid: RA_TLS.quote, critical: false, value: der.octetString(quote) },
    { oid: RA_TLS.eventLog, critical: false, value: der.octetString(Buffer.from(machine.boot.eventLog, "utf8")) },
  ];
}
