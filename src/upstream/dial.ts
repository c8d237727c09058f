import { connect as connectTcp, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";

/** Takes the first `length` octets of a read buffer before it returns. */
export type ReadCallback = (buffer: Buffer, length: number) => void;

/** Opens a connection whose reads go to `onRead`. */
export type Dial = (onRead: ReadCallback) => Socket;

/** One read of the kernel's, at most. Bytes. */
const readBufferBytes = 64 * 1024;

/**
 * Connections to the origin that all read into one buffer, so that an idle stream owns no buffer and a read allocates
 * nothing. This is safe because of when the buffer is filled: the event loop asks for it, reads the socket into it and
 * calls back, one socket at a time and without running JavaScript in between; the callback uses the octets up before it
 * returns. A socket that is paused is not read, so nothing of it waits in the buffer. TLS decrypts into it the same way, from within a
 * read of its socket (Node would also do so on an empty write, which this client never makes).
 */
export function originDial(origin: URL): Dial {
  const buffer = Buffer.allocUnsafeSlow(readBufferBytes);
  const secure = origin.protocol === "https:";
  const host = origin.hostname.replace(/^\[|\]$/g, "");
  const port = origin.port === "" ? (secure ? 443 : 80) : Number(origin.port);
  return (onRead) => {
    const onread = {
      buffer,
      callback: (length: number) => {
        onRead(buffer, length);
        return true;
      },
    };
    // Without TCP_NODELAY a request of two writes waits for the delayed acknowledgement of the first, about 40 ms.
    if (!secure) return connectTcp({ host, port, onread }).setNoDelay(true);
    // An address is no server name (RFC 6066 section 3); the certificate is then checked against `host`.
    const servername = isIP(host) === 0 ? host : "";
    // Documented for tls.connect as for net.connect, but missing in its type.
    const options: ConnectionOptions & { onread: typeof onread } = {
      host,
      port,
      servername,
      ALPNProtocols: ["http/1.1"],
      onread,
    };
    return connectTls(options).setNoDelay(true);
  };
}

/** Connections made by a caller's factory. How such a socket reads is its own business: its chunks are taken as they come. */
export function factoryDial(connect: () => Socket): Dial {
  return (onRead) => {
    const socket = connect();
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => onRead(chunk, chunk.length));
    return socket;
  };
}
