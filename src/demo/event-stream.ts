import type { ServerResponse } from "node:http";

/** A response of server-sent events. */
export interface EventStream {
  /** Writes one event; false when the caller reads slower than we write, until "drain". */
  send(value: unknown): boolean;
  /** Writes `data: [DONE]` and ends the response. */
  done(): void;
}

export function openEventStream(response: ServerResponse): EventStream {
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
  });
  response.flushHeaders();
  return {
    send: (value) => response.write(`data: ${JSON.stringify(value)}\n\n`),
    done: () => void response.end("data: [DONE]\n\n"),
  };
}
