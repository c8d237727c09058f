import { hash, randomBytes } from "node:crypto";
import { certificatePem } from "@countersign/client/x509";
import type { Platform } from "../platform/index.ts";
import type { SigningIdentity } from "../signing/index.ts";
import type { DeviceReport } from "../tee/quote-source.ts";
import { TeeError } from "../tee/tee-error.ts";
import { attestationError } from "./attestation-error.ts";

/** Which of the response keys the report is about. */
export type ReportAlgorithm = "ecdsa" | "ed25519";

/** What a report is made for. */
export interface ReportSubject {
  readonly algorithm: ReportAlgorithm;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
  /** SHA-256 of the DER SubjectPublicKeyInfo the report is bound to, 32 bytes. Undefined: not bound to TLS. */
  readonly tlsFingerprint: Uint8Array | undefined;
}

export interface NearReportOptions {
  readonly platform: Platform;
  readonly signer: SigningIdentity;
  readonly modelName: string;
}

/** The signing address as peers write it: `0x` and 40 digits, or the Ed25519 key. */
export function signingAddress(signer: SigningIdentity, algorithm: ReportAlgorithm): string {
  return algorithm === "ecdsa" ? signer.ecdsaAddress : Buffer.from(signer.ed25519PublicKey).toString("hex");
}

/**
 * Report data of an attestation report: the identifier padded to 32 bytes, or its hash with the TLS fingerprint, then
 * the nonce. The identifier is the 20-byte address or the 32-byte Ed25519 key, never padded inside the hash.
 */
export function reportData(identifier: Uint8Array, { nonce, tlsFingerprint }: Omit<ReportSubject, "algorithm">) {
  const data = new Uint8Array(64);
  if (tlsFingerprint === undefined) data.set(identifier);
  else data.set(hash("sha256", Buffer.concat([identifier, tlsFingerprint]), "buffer"));
  data.set(nonce, 32);
  return data;
}

/**
 * Makes the attestation report of dstack's private inference and of NEAR's proxy: the union of their fields, so that
 * clients of either find theirs. Costs a quote.
 *
 * @returns JSON text
 * @throws GatewayError `attestation_unavailable`, `attestation_timeout`
 */
export async function makeNearReport(options: NearReportOptions, subject: ReportSubject): Promise<string> {
  const { platform, signer, modelName } = options;
  const { algorithm, nonce, tlsFingerprint } = subject;
  const address = signingAddress(signer, algorithm);
  const identifier = Buffer.from(address.replace(/^0x/, ""), "hex");
  const publicKey = algorithm === "ecdsa" ? signer.ecdsaPublicKey.subarray(1) : signer.ed25519PublicKey;
  try {
    const [{ quote, eventLog, vmConfig }, devices] = await Promise.all([
      platform.quotes.quote(reportData(identifier, subject)),
      platform.devices.collect(nonce),
    ]);
    const quoteHex = Buffer.from(quote).toString("hex");
    const report = {
      model_name: modelName,
      signing_address: address,
      signing_algo: algorithm,
      signing_public_key: Buffer.from(publicKey).toString("hex"),
      request_nonce: Buffer.from(nonce).toString("hex"),
      intel_quote: quoteHex,
      quote: quoteHex,
      nvidia_payload: nvidiaPayload(devices, nonce),
      event_log: eventLog === undefined ? [] : readEventLog(eventLog),
      vm_config: vmConfig ?? "",
      info: platform.info ?? {},
      ...(tlsFingerprint === undefined ? {} : { tls_cert_fingerprint: Buffer.from(tlsFingerprint).toString("hex") }),
      ...(platform.simulated ? { simulated: true } : {}),
    };
    return JSON.stringify({ ...report, all_attestations: [report], model_attestations: [report] });
  } catch (thrown) {
    throw attestationError(thrown);
  }
}

/** Peers' reports hold the log as an array; the platform gives it as text. */
function readEventLog(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TeeError("tee.malformed", "the platform's event log is not JSON");
  }
}

/** A nonce for a report nobody gave one for. */
export function ownNonce(): Uint8Array {
  return randomBytes(32);
}

/** The architecture is the devices' own word; a list of several kinds has none in common. */
function nvidiaPayload(devices: readonly DeviceReport[], nonce: Uint8Array): string {
  const architectures = new Set(devices.map(({ architecture }) => architecture));
  const [architecture = ""] = architectures;
  return JSON.stringify({
    arch: architectures.size === 1 ? architecture : "",
    evidence_list: devices.map((device) => ({
      certificate: Buffer.from(device.certificates.map(certificatePem).join("")).toString("base64"),
      evidence: Buffer.from(device.report).toString("base64"),
      arch: device.architecture,
    })),
    nonce: Buffer.from(nonce).toString("hex"),
  });
}
