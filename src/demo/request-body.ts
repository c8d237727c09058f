import type { IncomingMessage } from "node:http";
import { DemoError } from "./errors.ts";
import { type Fields, isRecord, wrongType } from "./fields.ts";

/** Nesting deeper than this is refused, so that nothing that walks a body can run out of stack. */
const MAX_DEPTH = 128;

/** Reads a request body of at most `maxBytes` and parses it as a JSON object. */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<Fields> {
  const body = parse((await readBytes(request, maxBytes)).toString("utf8"));
  if (!isRecord(body)) throw wrongType("body", "a JSON object", body);
  checkDepth(body);
  return body;
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  // Content-Length is the caller's claim: it can only refuse early; what counts is what arrives.
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else reject(tooLarge(maxBytes));
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => reject(DemoError.badRequest("The request body ended early.")));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw DemoError.badRequest("The request body is not valid JSON.", "body");
  }
}

function checkDepth(body: Fields): void {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH)
      throw DemoError.badRequest(`The request body nests deeper than ${MAX_DEPTH} levels.`, "body");
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
  }
}

function tooLarge(maxBytes: number): DemoError {
  return new DemoError("PayloadTooLargeError", `The request body is larger than ${maxBytes} bytes.`);
}
