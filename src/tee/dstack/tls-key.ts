import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { DerError } from "@countersign/client/der";
import { equalBytes } from "@countersign/client/transcript";
import { PemError, parseCertificate, parsePemCertificates } from "@countersign/client/x509";
import { TeeError } from "../tee-error.ts";
import type { AgentReply } from "./agent-reply.ts";

/** What a certificate of the agent is for. */
export interface TlsKeyOptions {
  /** Common name. Default: none. */
  readonly subject?: string;
  /** DNS names or addresses. Default: none. */
  readonly altNames?: readonly string[];
  /** Whether the certificate carries a quote for its key. Default false. */
  readonly raTls?: boolean;
  /** Default true. */
  readonly serverAuth?: boolean;
  /** Default false. */
  readonly clientAuth?: boolean;
  /** Unix seconds. Default: the agent's choice. */
  readonly notBefore?: number;
  /** Unix seconds. Default: the agent's choice. */
  readonly notAfter?: number;
  /** Whether the certificate carries the application's identity. Default false. */
  readonly withAppInfo?: boolean;
}

/** A fresh TLS key with its certificates; every call makes another one. */
export interface AgentTlsKey {
  /** P-256. */
  readonly privateKey: KeyObject;
  /** DER, leaf first. */
  readonly certificates: readonly Uint8Array[];
}

/** Most certificates of one chain: leaf, application CA, KMS CA in practice. */
const MAX_CERTIFICATES = 8;
/** Longest PEM text: a leaf carries a quote and an event log. Characters. */
const MAX_PEM_LENGTH = 512 * 1024;

/** The request as the agent reads it. */
export function tlsKeyRequest(options: TlsKeyOptions): Readonly<Record<string, unknown>> {
  return {
    subject: options.subject ?? "",
    alt_names: options.altNames ?? [],
    usage_ra_tls: options.raTls ?? false,
    usage_server_auth: options.serverAuth ?? true,
    usage_client_auth: options.clientAuth ?? false,
    with_app_info: options.withAppInfo ?? false,
    ...(options.notBefore === undefined ? {} : { not_before: options.notBefore }),
    ...(options.notAfter === undefined ? {} : { not_after: options.notAfter }),
  };
}

/** @throws TeeError `tee.malformed`; `tee.mismatch` if the leaf is for another key */
export function tlsKey(reply: AgentReply): AgentTlsKey {
  const pem = reply.text("key", 16 * 1024);
  const texts = reply.textList("certificate_chain", MAX_CERTIFICATES, MAX_PEM_LENGTH);
  const privateKey = p256PrivateKey(pem);
  let certificates: readonly Uint8Array[];
  let fits: boolean;
  try {
    certificates = parsePemCertificates(texts.join("\n"), MAX_CERTIFICATES);
    // Not OpenSSL's reader: it looks for PEM inside DER first, and finds the PCK chain of the quote a leaf may carry.
    fits = equalBytes(parseCertificate(certificates[0] ?? new Uint8Array()).publicKey.encoded, spkiOf(privateKey));
  } catch (error) {
    if (!(error instanceof PemError) && !(error instanceof DerError)) throw error;
    const why = error instanceof PemError ? error.message : "a certificate cannot be read";
    throw new TeeError("tee.malformed", `dstack agent, GetTlsKey: certificate_chain: ${why}`);
  }
  if (!fits) throw new TeeError("tee.mismatch", "dstack agent, GetTlsKey: the certificate is for another key");
  return { privateKey, certificates };
}

function spkiOf(privateKey: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(privateKey).export({ format: "der", type: "spki" }));
}

function p256PrivateKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // OpenSSL's text may quote its input, which is a key.
  }
  if (key?.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new TeeError("tee.malformed", "dstack agent, GetTlsKey: key is no P-256 private key in PEM");
  }
  return key;
}
