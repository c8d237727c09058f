import type { IncomingMessage } from "node:http";
import { AgentRefusal } from "./agent-refusal.ts";
import { type RequestFields, requestFields } from "./request-fields.ts";

/** Largest body, that of the real agent. Bytes. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * The fields of a request: of the query string for GET, of the JSON body for POST.
 *
 * @param query from the request line, without "?"
 * @throws AgentRefusal
 */
export async function readRequest(request: IncomingMessage, query: string): Promise<RequestFields> {
  const parameters = new URLSearchParams(query);
  if (request.method === "GET") {
    const fields = new Map<string, unknown>();
    for (const [name, value] of parameters) {
      if (fields.has(name)) throw new AgentRefusal(`${name}: there twice`);
      fields.set(name, value);
    }
    return requestFields(fields);
  }
  if (request.method !== "POST") throw new AgentRefusal("POST or GET only", { status: 405 });
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json" && !parameters.has("json")) {
    // The real agent takes any other type for protobuf, and answers in it.
    throw new AgentRefusal("content-type: the simulated agent speaks JSON only");
  }
  return requestFields(objectOf(await readBody(request)));
}

/** The announced length is the sender's word, and may be missing; what counts is what arrives. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = new AgentRefusal("body: more than 10 MiB", { closing: true });
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) return reject(tooLarge);
    let chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) return chunks.push(chunk);
      // Not destroyed: the connection still has an answer to carry.
      chunks = [];
      return reject(tooLarge);
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("close", () => reject(new AgentRefusal("body: broken off")));
  });
}

function objectOf(body: Buffer): ReadonlyMap<string, unknown> {
  if (body.length === 0) return new Map();
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new AgentRefusal("body: not JSON in UTF-8");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AgentRefusal("body: not a JSON object");
  }
  return new Map(Object.entries(value));
}
