import type { ServerResponse } from "node:http";
import type { AgentFault } from "./agent-fault.ts";

/** What the agent answers before anything goes wrong with it. */
export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether the connection ends with it. */
  readonly closing: boolean;
}

const DEFAULT_DELAY_MS = 1000;
/** White space of an oversized reply. Bytes: above the 10 MiB clients of the agent should stop at. */
const PADDING_BYTES = 11 * 1024 * 1024;
const PAGE = "<!doctype html><title>simulated fault</title>";

/** Sends an answer, or what the fault makes of it. */
export function sendReply(response: ServerResponse, reply: Reply, fault: AgentFault | undefined): void {
  const body = Buffer.from(JSON.stringify(reply.body), "utf8");
  if (reply.closing) response.setHeader("connection", "close");
  switch (fault?.kind) {
    case "delay": {
      const timer = setTimeout(() => send(response, reply.status, body), fault.milliseconds ?? DEFAULT_DELAY_MS);
      response.once("close", () => clearTimeout(timer));
      break;
    }
    case "hang":
      break;
    case "refuse":
      send(response, 400, SIMULATED_FAULT);
      break;
    case "not-found":
      send(response, 404, SIMULATED_FAULT);
      break;
    case "html":
      send(response, 200, Buffer.from(PAGE), "text/html");
      break;
    case "chunked":
      response.writeHead(reply.status, { "content-type": "application/json" });
      // Ended apart from the body: Node would otherwise add a length.
      response.write(body);
      response.end();
      break;
    case "oversized":
      send(response, reply.status, Buffer.concat([body, Buffer.alloc(PADDING_BYTES, " ")]));
      break;
    case "cut":
      response.writeHead(reply.status, { "content-type": "application/json", "content-length": body.length });
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
      break;
    default:
      send(response, reply.status, body);
  }
}

const SIMULATED_FAULT = Buffer.from(JSON.stringify({ error: "simulated fault" }));

function send(response: ServerResponse, status: number, body: Buffer, type = "application/json"): void {
  response.writeHead(status, { "content-type": type, "content-length": body.length });
  response.end(body);
}
