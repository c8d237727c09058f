import { randomBytes } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { DerError } from "../der/index.ts";
import { CountersignError } from "../errors/index.ts";
import { NONCE_BYTES } from "../evidence/index.ts";
import { EXPORTER_BYTES, NATIVE_EXPORTER_LABEL } from "../ratls/index.ts";
import { parseCertificate } from "../x509/index.ts";

/** What binds evidence to one TLS connection, as this side of it sees it. */
export interface Channel {
  /** 32 random bytes, used for this connection and never again. */
  readonly nonce: Uint8Array;
  /** The server's leaf certificate, DER. */
  readonly leaf: Uint8Array;
  /** Its SubjectPublicKeyInfo, DER. */
  readonly leafSpki: Uint8Array;
  /** RFC 8446, 7.5: under the native label, with the nonce as context. 32 bytes. */
  readonly exporter: Uint8Array;
}

/**
 * Captures a connection whose handshake has just ended. Must come first and happens once: Node gives the leaf only the
 * first time it is asked.
 *
 * @throws CountersignError `tls.channel`
 */
export function captureChannel(socket: TLSSocket): Channel {
  // The exporter answers under TLS 1.2 too, where it does not bind the whole handshake.
  if (socket.getProtocol() !== "TLSv1.3") {
    throw new CountersignError("tls.channel", "the connection is not TLS 1.3; the gateway must offer it");
  }
  if (socket.isSessionReused()) {
    throw new CountersignError("tls.channel", "the connection resumed an earlier session, which hides the certificate");
  }
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw new CountersignError("tls.channel", "the gateway presented no certificate");
  const leaf = new Uint8Array(certificate.raw);
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
  return {
    nonce,
    leaf,
    leafSpki: spkiOf(leaf),
    exporter: new Uint8Array(socket.exportKeyingMaterial(EXPORTER_BYTES, NATIVE_EXPORTER_LABEL, Buffer.from(nonce))),
  };
}

/** The exact bytes of the key, which is what gets hashed; not a re-encoding of it. */
function spkiOf(leaf: Uint8Array): Uint8Array {
  try {
    return parseCertificate(leaf).publicKey.encoded;
  } catch (cause) {
    if (cause instanceof DerError) {
      throw new CountersignError("tls.channel", "the gateway's certificate is not strict DER", { cause });
    }
    throw cause;
  }
}
