import { hash, sign } from "node:crypto";
import type { DeviceEvidence } from "@countersign/client/gpu";
import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import type { CertificateExtension, KeyUsageName } from "../../../src/certificates/index.ts";
import { der } from "../../../src/der/index.ts";
import { type Authority, makeAuthority } from "./authority.ts";

export const NONCE = Uint8Array.from({ length: 32 }, (_, index) => 0xa0 + index);
export const FIRMWARE_ID = digest("firmware");
const SHA384 = "2.16.840.1.101.3.4.2.2";

/** Chain of a device, leaf first. */
export type DeviceChain = readonly [Authority, Authority, Authority, Authority, Authority];

export interface ChainOptions {
  /** Common name of the second certificate. */
  readonly model?: string;
  readonly organization?: string;
  /** Extensions of the leaf, from the second certificate's authority. Default: the DICE extension. */
  readonly leafExtensions?: (issuer: Authority) => readonly CertificateExtension[];
  readonly leafRole?: "ca" | "leaf" | "leaf without constraints";
  readonly leafUsage?: KeyUsageName;
  /** Curve of the second certificate's key. */
  readonly curve?: "P-256" | "P-384";
  readonly identityNotAfter?: number;
}

export interface ReportOptions {
  readonly nonce?: Uint8Array;
  /** Fields by type; an undefined value leaves the field out. */
  readonly opaque?: { readonly [type: number]: Uint8Array | undefined };
  /** Values by index, counted from 0. */
  readonly measurements?: { readonly [index: number]: Uint8Array };
  /** Default 64. */
  readonly blocks?: number;
  /** Bytes of the fields after all others, as they are. */
  readonly opaqueTail?: Uint8Array;
}

/** SHA-384 of a text. */
export function digest(text: string): Uint8Array {
  return new Uint8Array(hash("sha384", text, "buffer"));
}

/** The measurement of a device at an index, counted from 0. */
export function measurementAt(index: number): Uint8Array {
  return digest(`measurement ${index}`);
}

/** Hopper's form of the DICE extension. */
export function firmwareExtension(issuerSpki: Uint8Array, firmwareId: Uint8Array = FIRMWARE_ID): CertificateExtension {
  const entry = der.sequence(der.oid(SHA384), der.octetString(firmwareId));
  return { oid: "2.23.133.5.4.1", critical: false, value: der.sequence(der.integer(1), issuerSpki, entry) };
}

/** Blackwell's: DiceTcbInfo, whose first digest is the firmware's. */
export function tcbInfoExtension(firmwareId: Uint8Array): CertificateExtension {
  const entry = (value: Uint8Array): Uint8Array => der.sequence(der.oid(SHA384), der.octetString(value));
  const members = [
    der.contextPrimitive(0, Buffer.from("NVIDIA")),
    der.contextPrimitive(1, Buffer.from("GB100")),
    der.contextPrimitive(3, Uint8Array.of(1)),
    der.context(6, entry(firmwareId), entry(new Uint8Array(48))),
    der.contextPrimitive(7, Uint8Array.of(7, 0)),
  ];
  return { oid: "2.23.133.5.4.1.1", critical: true, value: der.sequence(...members) };
}

export function makeChain(options: ChainOptions = {}): DeviceChain {
  const { model = "GH100 A01 GSP BROM", organization = "Test GPU", curve = "P-384", leafRole, leafUsage } = options;
  const chip = model.split(" ", 1).join();
  const root = makeAuthority({ commonName: "Device Root", organization });
  const { identityNotAfter } = options;
  const identity = makeAuthority({
    commonName: `${chip} Identity`,
    organization,
    issuer: root,
    ...(identityNotAfter === undefined ? {} : { notAfter: identityNotAfter }),
  });
  const provisioner = makeAuthority({ commonName: `${chip} Provisioner`, organization, issuer: identity });
  const rom = makeAuthority({ commonName: model, organization, issuer: provisioner, curve });
  const { leafExtensions = (issuer) => [firmwareExtension(issuer.spki)] } = options;
  const leaf = makeAuthority({
    commonName: `${chip} A01 GSP FMC LF`,
    organization,
    issuer: rom,
    role: leafRole ?? "leaf without constraints",
    extensions: leafExtensions(rom),
    ...(leafUsage === undefined ? {} : { usage: leafUsage }),
  });
  return [leaf, rom, provisioner, identity, root];
}

const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(`${text}\0`, "latin1"));
const little = (value: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (value >> (8 * index)) & 0xff);
const concat = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Fields of an ordinary report: driver 550.90.07, VBIOS 96.00.9F.00.01. */
const OPAQUE: { readonly [type: number]: Uint8Array } = {
  3: ascii("550.90.07"),
  6: Uint8Array.of(0x00, 0x9f, 0x00, 0x96, 0x01, 0, 0, 0),
  11: Uint8Array.of(0xaa),
  12: new Uint8Array(256),
  15: ascii("882"),
  20: FIRMWARE_ID,
  21: Uint8Array.of(0x55),
};

/** Request and response up to the signature. */
export function reportBody(options: ReportOptions = {}): Uint8Array {
  const { nonce = NONCE, opaque = {}, measurements = {}, blocks = 64, opaqueTail = new Uint8Array() } = options;
  const record = concat(
    ...Array.from({ length: blocks }, (_, index) =>
      concat(Uint8Array.of(index + 1, 1, 51, 0, 1, 48, 0), measurements[index] ?? measurementAt(index)),
    ),
  );
  const fields = Object.entries({ ...OPAQUE, ...opaque }).map(([type, value]) =>
    value === undefined ? new Uint8Array() : concat(little(Number(type), 2), little(value.length, 2), value),
  );
  const data = concat(...fields, opaqueTail);
  return concat(
    Uint8Array.of(0x11, 0xe0, 0x01, 0xff),
    nonce,
    Uint8Array.of(0),
    Uint8Array.of(0x11, 0x60, 0, 0, blocks),
    little(record.length, 3),
    record,
    new Uint8Array(32).fill(0x5a),
    little(data.length, 2),
    data,
  );
}

/** Signs a body with the leaf's key. */
export function signReport(body: Uint8Array, leaf: Authority): Uint8Array {
  return concat(body, sign("sha384", body, { key: leaf.privateKey, dsaEncoding: "ieee-p1363" }));
}

/** Evidence of one device. */
export function evidenceOf(chain: DeviceChain, options: ReportOptions = {}, architecture = "HOPPER"): DeviceEvidence {
  return {
    architecture,
    report: signReport(reportBody(options), chain[0]),
    certificates: chain.map(({ certificate }) => certificate),
  };
}

/** The default policy with this chain's root named as an ordinary one. */
export function trusting(chain: DeviceChain, changes: Partial<Policy> = {}): Policy {
  const { certificate } = chain[4];
  const fingerprint = hash("sha256", certificate, "hex");
  return { ...DEFAULT_POLICY, roots: [{ kind: "gpu", fingerprint, certificate, simulated: false }], ...changes };
}

export { ascii, concat, little };
