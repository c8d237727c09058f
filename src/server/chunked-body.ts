import type { Socket } from "node:net";
import type { HttpResponse } from "./http-message.ts";

const CR = 0x0d;
const LF = 0x0a;

/** Hex digits of a chunk's length. */
function hexDigits(length: number): number {
  let digits = 1;
  for (let rest = length >>> 4; rest > 0; rest >>>= 4) digits++;
  return digits;
}

/**
 * The body of a streamed response, written with one copy and one system call a chunk.
 *
 * Over HTTP/1.1 the chunk framing (RFC 9112 section 7.1) is written around the bytes in one buffer and goes straight to
 * the socket: the response object would queue three pieces and gather them a tick later, at about twice the cost. That
 * is sound because the response has sent its head through the same socket before, owns the socket until it ends, and
 * writes nothing else meanwhile. Otherwise (HTTP/2, or a pipelined response that waits for its turn) the response writes.
 */
export class ChunkedBody {
  readonly #response: HttpResponse;
  readonly #onDrain: () => void;
  /** The socket, while it is ours to write to. */
  #socket: Socket | undefined;

  /** The head must have been set with writeHead. `onDrain` is called when a slow caller has caught up. */
  constructor(response: HttpResponse, onDrain: () => void) {
    this.#response = response;
    this.#onDrain = onDrain;
    response.on("drain", onDrain);
  }

  /**
   * Space for `length` bytes of body with their framing around it: fill `body`, then pass the frame to `write`. The
   * view stays valid; the bytes must not change after the write.
   */
  frame(length: number): { readonly whole: Buffer; readonly body: Buffer } {
    const digits = hexDigits(length);
    const whole = Buffer.allocUnsafe(digits + 2 + length + 2);
    whole.write(length.toString(16), 0, "latin1");
    whole[digits] = CR;
    whole[digits + 1] = LF;
    whole[digits + 2 + length] = CR;
    whole[digits + 3 + length] = LF;
    return { whole, body: whole.subarray(digits + 2, digits + 2 + length) };
  }

  /** Writes a frame. Returns false if the caller reads more slowly than it comes; wait for `onDrain` then. */
  write(frame: { readonly whole: Buffer; readonly body: Buffer }): boolean {
    const socket = this.#socket;
    if (socket !== undefined) return socket.writable ? socket.write(frame.whole) : true;
    const more = this.#response.write(frame.body);
    this.#claimSocket();
    return more;
  }

  /** Lets go of the socket. Call before the response is ended. */
  release(): void {
    this.#socket?.off("drain", this.#onDrain);
    this.#socket = undefined;
  }

  /** The head has left with the first write if the response has its socket. */
  #claimSocket(): void {
    const { socket } = this.#response;
    // HTTP/1.0 callers get no chunks, HTTP/2 frames its own; a pipelined response has no socket yet.
    if (!this.#response.chunkedEncoding || this.#response.stream !== undefined || socket === null) return;
    this.#socket = socket;
    socket.on("drain", this.#onDrain);
  }
}
