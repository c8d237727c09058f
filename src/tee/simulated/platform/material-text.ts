import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { certificatePem, parseCertificate, parsePemCertificates } from "@countersign/client/x509";
import type { CertifiedKey } from "./certified-key.ts";
import { platformIdentity } from "./platform-identity.ts";
import type { PlatformMaterial } from "./platform-material.ts";
import { sgxExtension } from "./sgx-extension.ts";
import { SIMULATED_ORGANIZATION } from "./simulated-image.ts";

/** Text that is not the material of a platform. The message names the part at fault and holds nothing of it. */
export class MaterialFormatError extends Error {
  override readonly name = "MaterialFormatError";
}

const FORMAT = "countersign.simulated-platform.v1";
const CERTIFIED_KEYS = ["root", "pckCa", "pck", "tcbSigning"] as const;
const IDENTIFIERS = ["qeId", "ppid", "platformInstanceId"] as const;
const FIELDS: readonly string[] = ["warning", "format", ...CERTIFIED_KEYS, "attestationKey", ...IDENTIFIERS];

/** The material as JSON. Secret. */
export function writeMaterial(material: PlatformMaterial): string {
  const certified = CERTIFIED_KEYS.map((name) => {
    const { certificate, privateKey } = material[name];
    return [name, { certificate: certificatePem(certificate), privateKey: privateKeyPem(privateKey) }];
  });
  const identifiers = IDENTIFIERS.map((name) => [name, Buffer.from(material[name]).toString("hex")]);
  const document = {
    warning: SIMULATED_ORGANIZATION,
    format: FORMAT,
    ...Object.fromEntries(certified),
    attestationKey: privateKeyPem(material.attestationKey),
    ...Object.fromEntries(identifiers),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Reads it back, strictly: every part there and nothing else, every key that of its certificate, every certificate
 * issued by the one above it.
 *
 * @throws MaterialFormatError
 */
export function readMaterial(text: string): PlatformMaterial {
  const document = record(
    "document",
    attempt("document", () => JSON.parse(text)),
  );
  if (document["format"] !== FORMAT) throw new MaterialFormatError("format: unknown");
  exactly("document", document, FIELDS);
  const material: PlatformMaterial = {
    root: certifiedKey("root", document["root"]),
    pckCa: certifiedKey("pckCa", document["pckCa"]),
    pck: certifiedKey("pck", document["pck"]),
    tcbSigning: certifiedKey("tcbSigning", document["tcbSigning"]),
    attestationKey: privateKey("attestationKey", document["attestationKey"]),
    qeId: identifier("qeId", document["qeId"]),
    ppid: identifier("ppid", document["ppid"]),
    platformInstanceId: identifier("platformInstanceId", document["platformInstanceId"]),
  };
  requireIssued("root", material.root, material.root);
  requireIssued("pckCa", material.pckCa, material.root);
  requireIssued("pck", material.pck, material.pckCa);
  requireIssued("tcbSigning", material.tcbSigning, material.root);
  const { oid, value } = sgxExtension(platformIdentity(material.ppid, material.platformInstanceId));
  const written = attempt("pck", () => parseCertificate(material.pck.certificate)).extensions.get(oid)?.value;
  if (written === undefined || Buffer.compare(written, value) !== 0) {
    throw new MaterialFormatError("pck: its certificate describes another platform");
  }
  return material;
}

function certifiedKey(name: string, value: unknown): CertifiedKey {
  const pair = record(name, value);
  exactly(name, pair, ["certificate", "privateKey"]);
  const [certificate] = attempt(`${name}.certificate`, () =>
    parsePemCertificates(string(`${name}.certificate`, pair["certificate"]), 1),
  );
  if (certificate === undefined) throw new MaterialFormatError(`${name}.certificate: missing`);
  return { certificate, privateKey: privateKey(`${name}.privateKey`, pair["privateKey"]) };
}

function requireIssued(name: string, subject: CertifiedKey, issuer: CertifiedKey): void {
  const holds = attempt(`${name}.certificate`, () => {
    const certificate = new X509Certificate(subject.certificate);
    const authority = new X509Certificate(issuer.certificate);
    return (
      certificate.checkPrivateKey(subject.privateKey) &&
      certificate.checkIssued(authority) &&
      certificate.verify(authority.publicKey)
    );
  });
  if (!holds) throw new MaterialFormatError(`${name}: key, certificate and issuer do not belong together`);
}

function privateKeyPem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function privateKey(name: string, value: unknown): KeyObject {
  const pem = string(name, value);
  const key = attempt(name, () => createPrivateKey(pem));
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new MaterialFormatError(`${name}: not a P-256 key`);
  return key;
}

function identifier(name: string, value: unknown): Uint8Array {
  const text = string(name, value);
  if (!/^[0-9a-f]{32}$/.test(text)) throw new MaterialFormatError(`${name}: not 16 bytes in hex`);
  return new Uint8Array(Buffer.from(text, "hex"));
}

function string(name: string, value: unknown): string {
  if (typeof value !== "string") throw new MaterialFormatError(`${name}: not a text`);
  return value;
}

function record(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MaterialFormatError(`${name}: not an object`);
  }
  return { ...value };
}

function exactly(name: string, value: Readonly<Record<string, unknown>>, fields: readonly string[]): void {
  const found = Object.keys(value);
  if (found.length !== fields.length || !fields.every((field) => Object.hasOwn(value, field))) {
    throw new MaterialFormatError(`${name}: fields missing or unknown`);
  }
}

/** What libraries throw may quote their input, so none of it goes on. */
function attempt<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MaterialFormatError) throw error;
    throw new MaterialFormatError(`${name}: unreadable`);
  }
}
