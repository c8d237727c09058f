import type { ServerResponse } from "node:http";
import { type Listening, listenWith } from "./listen.ts";

/** One envelope of the Connect protocol's streams: flags, length, data. */
function envelope(flags: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(data.length, 1);
  return Buffer.concat([head, data]);
}

/** How a stream leaves the server. */
export interface RawStream {
  /** Serialised messages, as they are. */
  readonly messages: readonly Uint8Array[];
  /** `end`: the protocol's end of stream. `cut`: the connection breaks. `silent-end`: the body ends without either. */
  readonly ending?: "end" | "cut" | "silent-end";
  /** Length of the pieces in which the body is written. Bytes; default: all at once. */
  readonly pieceLength?: number;
}

/** A server that answers every call of the Connect protocol with prepared bytes, valid or not. */
export async function listenRaw(answer: () => RawStream | { readonly unary: Uint8Array }): Promise<Listening> {
  return listenWith((request, response) => {
    request.resume().once("end", () => reply(response, answer()));
  });
}

function reply(response: ServerResponse, answer: RawStream | { readonly unary: Uint8Array }): void {
  if ("unary" in answer) {
    response.writeHead(200, { "Content-Type": "application/proto" }).end(answer.unary);
    return;
  }
  const { messages, ending = "end", pieceLength = Number.MAX_SAFE_INTEGER } = answer;
  const body = Buffer.concat([
    ...messages.map((message) => envelope(0, message)),
    ...(ending === "end" ? [envelope(2, Buffer.from("{}"))] : []),
  ]);
  response.writeHead(200, { "Content-Type": "application/connect+proto" });
  for (let offset = 0; offset < body.length; offset += pieceLength)
    response.write(body.subarray(offset, offset + pieceLength));
  if (ending === "cut") response.write("", () => response.socket?.resetAndDestroy());
  else response.end();
}
