import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Call, CallCarrier } from "./call.ts";
import type { Dial } from "./dial.ts";
import { ResponseParser, type ResponseSink } from "./response-parser.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamHeaders } from "./upstream-headers.ts";

/** Where connections come from and go to. */
export interface ConnectionOwner {
  /** The connection is free for another call. */
  release(connection: Connection): void;
  /**
   * The connection is destroyed. Reported once.
   * @param heir its call, if that is to be sent again: on a fresh connection and before any call that waits for a place.
   */
  gone(connection: Connection, heir?: Call): void;
}

/** One socket to the engine: carries one call at a time, and watches itself while it carries none. */
export class Connection implements CallCarrier, ResponseSink {
  /** Tick at which it was released last; kept by the owner. */
  idleSince = 0;

  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #parser: ResponseParser;
  #call: Call | undefined;
  #ready = false;
  #destroyed = false;
  /** Whether an earlier call has been answered on it. */
  #reused = false;
  /** Whether the request in progress has left completely. */
  #written = false;
  /** Whether any octet has been received in answer to it. */
  #answered = false;
  readonly #onWritten = (error?: Error | null): void => {
    if (error) return;
    this.#written = true;
    const call = this.#call;
    if (call === undefined) return;
    // Only a reused connection may have to hand its request on, see #lost.
    if (!this.#reused) call.message = undefined;
    call.awaitHead();
  };

  /** Opens a connection for `call`. @throws what a caller's socket factory throws. */
  constructor(owner: ConnectionOwner, dial: Dial, maxHeadBytes: number, call: Call) {
    this.#owner = owner;
    this.#socket = dial((buffer, length) => this.#read(buffer, length));
    const secure = this.#socket instanceof TLSSocket;
    this.#parser = new ResponseParser(this, maxHeadBytes, !secure);
    this.#socket.on("end", () => this.#lost(true));
    this.#socket.on("error", (error) => this.#lost(false, error));
    this.#socket.on("close", () => this.#lost(false));
    if (secure) this.#socket.once("secureConnect", () => this.#onReady());
    else if (this.#socket.connecting) this.#socket.once("connect", () => this.#onReady());
    else process.nextTick(() => this.#onReady());
    this.#assign(call);
  }

  /** Whether the socket is still fit to carry a call, as far as can be told without reading it. */
  get usable(): boolean {
    return !this.#destroyed && this.#socket.writable && this.#socket.readable;
  }

  /** Carries another call. */
  reuse(call: Call): void {
    this.#reused = true;
    this.#socket.ref();
    this.#assign(call);
    this.#send();
  }

  /** Lets the process end although the connection is open: nobody waits for it. */
  rest(): void {
    this.#socket.unref();
  }

  destroy(heir?: Call): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#call = undefined;
    this.#parser.stop();
    this.#socket.destroy();
    this.#owner.gone(this, heir);
  }

  pause(): void {
    if (this.#ready) this.#socket.pause();
  }

  resume(): void {
    if (this.#ready) this.#socket.resume();
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    this.#call?.head(status, headers);
  }

  onBody(chunk: Buffer): void {
    this.#call?.body(chunk);
  }

  onComplete(reusable: boolean): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#call = undefined;
    // A response that overtook its request (an early 413) leaves the rest of the request in the way of the next one.
    if (reusable && this.#written) {
      if (call.paused) this.#socket.resume();
      this.#owner.release(this);
    } else {
      this.destroy();
    }
    call.end();
  }

  onFault(error: UpstreamError): void {
    const call = this.#call;
    this.destroy();
    call?.fail(error);
  }

  #assign(call: Call): void {
    this.#call = call;
    call.carrier = this;
    this.#written = false;
    this.#answered = false;
  }

  #onReady(): void {
    if (this.#destroyed) return;
    if (this.#socket.destroyed) {
      // Vetoed by its factory, or dead on arrival: then no event would follow.
      this.#lost(false, this.#socket.errored ?? undefined);
      return;
    }
    this.#ready = true;
    this.#send();
  }

  #send(): void {
    const call = this.#call;
    const message = call?.message;
    if (call === undefined || message === undefined) return;
    this.#parser.begin(message.method);
    call.awaitHead();
    if (call.paused) this.#socket.pause();
    if (message.body === undefined) {
      this.#socket.write(message.head, this.#onWritten);
      return;
    }
    this.#socket.cork();
    this.#socket.write(message.head);
    this.#socket.write(message.body, this.#onWritten);
    this.#socket.uncork();
  }

  #read(buffer: Buffer, length: number): void {
    const call = this.#call;
    if (call === undefined || !this.#ready) {
      // Nothing was asked: whatever this is, it must not be taken for the answer to the next request.
      this.#lost(false);
      return;
    }
    this.#answered = true;
    call.message = undefined;
    call.touch();
    try {
      this.#parser.feed(buffer, length);
    } catch (error) {
      // Only a handler can throw here. Its call must not stay half-way, and neither must the parser.
      call.stop("aborted", "the handler of the call threw an exception");
      throw error;
    }
  }

  /** The socket ended: by the peer's orderly close (`inOrder`), by an error, or by whoever else held it. */
  #lost(inOrder: boolean, cause?: Error): void {
    const call = this.#call;
    // Only an orderly close may end a body that is framed by it; a reset cuts it off.
    const complete = inOrder && this.#parser.finish();
    // An engine may close an idle connection at the very moment a request is sent on it. That no octet came back on a
    // connection that had worked before is the sign of this race, though no proof: an engine may have died at work. RFC
    // 9112 section 9.3.1 leaves the repetition to a client that knows it harmless; asking an engine again costs it work and
    // changes nothing. A fresh connection has no such race, so this happens once.
    const heir = this.#reused && !this.#answered ? call : undefined;
    this.destroy(heir);
    if (call === undefined || heir !== undefined) return;
    const options = cause === undefined ? {} : { cause };
    if (complete) {
      call.end();
    } else if (!this.#ready) {
      call.fail(new UpstreamError("connect_failed", `no connection to the engine${reasonOf(cause)}`, options));
    } else if (call.headSeen) {
      call.fail(
        new UpstreamError("truncated", `the response ended before its framing said so${reasonOf(cause)}`, options),
      );
    } else {
      call.fail(
        new UpstreamError(
          "connection_lost",
          `the connection ended before the response head${reasonOf(cause)}`,
          options,
        ),
      );
    }
  }
}

/** The system's error code, such as ECONNREFUSED: names the problem and holds no content. */
function reasonOf(cause: (Error & { code?: unknown }) | undefined): string {
  return typeof cause?.code === "string" ? ` (${cause.code})` : "";
}
