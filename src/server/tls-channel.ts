import type { TLSSocket } from "node:tls";
import { parseCertificate } from "@countersign/client/x509";
import type { HttpRequest } from "./http-message.ts";

/**
 * The TLS connection a request came over, as far as a proof about it needs. State that belongs to a connection is kept
 * by `socket`, never by address: a port is used again.
 */
export interface TlsChannel {
  /** The same object for every request of one connection. */
  readonly socket: object;
  /** TLS 1.3 was negotiated: below it an exporter does not commit to the whole handshake (RFC 9266, section 4.2). */
  readonly isTls13: boolean;
  /**
   * DER SubjectPublicKeyInfo of the certificate this side presented, exactly the bytes the other side saw; undefined
   * once the connection is gone.
   */
  leafPublicKey(): Uint8Array | undefined;
  /**
   * Keying material exporter (RFC 8446, section 7.5); undefined once the connection is gone.
   *
   * @param length bytes
   */
  exportKeyingMaterial(length: number, label: string, context: Uint8Array): Uint8Array | undefined;
}

/** The channel of a request; undefined if it came in cleartext, or its connection is gone. */
export function tlsChannel(request: HttpRequest): TlsChannel | undefined {
  // Of an HTTP/2 session Node hands out one proxy of the socket, the same one as long as the session lives.
  const socket = (request.stream?.session?.socket ?? request.socket) as TLSSocket;
  const isTls13 = whileOpen(() => (socket.encrypted ? socket.getProtocol() === "TLSv1.3" : undefined));
  if (isTls13 === undefined) return undefined;
  return {
    socket,
    isTls13,
    leafPublicKey() {
      // On the server's side this is the certificate the server itself presented.
      const leaf = whileOpen(() => (socket.destroyed ? undefined : socket.getX509Certificate()));
      return leaf && parseCertificate(new Uint8Array(leaf.raw)).publicKey.encoded;
    },
    exportKeyingMaterial: (length, label, context) =>
      whileOpen(() =>
        socket.destroyed ? undefined : new Uint8Array(socket.exportKeyingMaterial(length, label, Buffer.from(context))),
      ),
  };
}

/**
 * A connection that has just gone shows it in many ways: the proxy of a session without a socket throws at every
 * property, and the exporter throws an error without a type.
 */
function whileOpen<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
