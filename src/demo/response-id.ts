import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** An id for an answer: made from `X-Request-Id` when the caller sends a plain one, as vLLM does, and random otherwise. */
export function responseId(prefix: string, request: IncomingMessage): string {
  const asked = request.headers["x-request-id"];
  // The header is attacker-controlled: only short plain names are repeated.
  const plain = typeof asked === "string" && /^[\w.:-]{1,128}$/.test(asked);
  return `${prefix}-${plain ? asked : randomUUID().replaceAll("-", "")}`;
}
