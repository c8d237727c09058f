import { request as httpRequest } from "node:http";

/** An answer as it came over the socket. */
export interface AgentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The text as JSON; an empty object if it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface AgentRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One request over a connection of its own; by default POST of an empty JSON object. */
export function callAgent(socketPath: string, path: string, options: AgentRequest = {}): Promise<AgentAnswer> {
  const { method = "POST", headers = { "content-type": "application/json" }, body = "{}" } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) });
      });
    });
    request.on("error", reject);
    request.end(method === "GET" ? undefined : body);
  });
}

/** The same with fields, which become JSON. */
export function callMethod(
  socketPath: string,
  path: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<AgentAnswer> {
  return callAgent(socketPath, path, { body: JSON.stringify(fields) });
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
