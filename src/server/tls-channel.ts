import type { TLSSocket } from "node:tls";
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
  /** DER SubjectPublicKeyInfo of the certificate this side presented; undefined once the connection is gone. */
  leafPublicKey(): Uint8Array | undefined;
  /**
   * Keying material exporter (RFC 8446, section 7.5); undefined once the connection is gone.
   *
   * @param length bytes
   */
  exportKeyingMaterial(length: number, label: string, context: Uint8Array): Uint8Array | undefined;
}

/** The channel of a request; undefined if it came in cleartext. */
export function tlsChannel(request: HttpRequest): TlsChannel | undefined {
  const socket = (request.stream?.session?.socket ?? request.socket) as Partial<TLSSocket> | undefined;
  if (socket?.encrypted !== true || typeof socket.exportKeyingMaterial !== "function") return undefined;
  const tls = socket as TLSSocket;
  return {
    socket: tls,
    isTls13: tls.getProtocol() === "TLSv1.3",
    leafPublicKey() {
      // On the server's side this is the certificate the server itself presented.
      const leaf = tls.destroyed ? undefined : tls.getX509Certificate();
      return leaf === undefined
        ? undefined
        : new Uint8Array(leaf.publicKey.export({ format: "der", type: "spki" }) as Buffer);
    },
    exportKeyingMaterial(length, label, context) {
      // Exporting from a connection that has just gone throws an error without a type.
      try {
        return tls.destroyed
          ? undefined
          : new Uint8Array(tls.exportKeyingMaterial(length, label, Buffer.from(context)));
      } catch {
        return undefined;
      }
    },
  };
}
