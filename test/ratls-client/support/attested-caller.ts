import { get } from "node:https";
import {
  type AttestationOptions,
  type AttestedKeys,
  createAttestedConnections,
  createAttestedFetch,
} from "../../../clients/typescript/src/attested/index.ts";

/** The three ways attested connections are used. */
export const CARRIERS = ["fetch", "agent", "sessions"] as const;
export type Carrier = (typeof CARRIERS)[number];

/** HTTP version the gateway has to speak. */
export const versionOf = (carrier: Carrier): "1.1" | "2" => (carrier === "sessions" ? "2" : "1.1");

/** Sends requests with a token over attested connections. */
export interface AttestedCaller extends Disposable {
  readonly keys: AttestedKeys;
  /** GET; resolves to the body. */
  send(path: string): Promise<string>;
}

const headers = { authorization: "Bearer secret" };

export function attestedCaller(carrier: Carrier, options: AttestationOptions): AttestedCaller {
  if (carrier === "fetch") {
    const keys = createAttestedFetch(options);
    const send = async (path: string): Promise<string> =>
      (await keys.fetch(`${options.baseUrl}${path}`, { headers })).text();
    return { keys, send, [Symbol.dispose]: keys.close };
  }
  const connections = createAttestedConnections({ ...options, httpVersion: versionOf(carrier) });
  const { transportOptions } = connections;
  const send = async (path: string): Promise<string> => {
    if (transportOptions.httpVersion === "1.1") {
      return getText(`${options.baseUrl}${path}`, transportOptions.nodeOptions.agent);
    }
    const stream = await transportOptions.sessionManager.request("GET", path, headers, {});
    stream.on("error", () => {});
    stream.setEncoding("utf8").end();
    let text = "";
    for await (const part of stream) text += part;
    return text;
  };
  return { keys: connections, send, [Symbol.dispose]: connections.close };
}

function getText(url: string, agent: NonNullable<Parameters<typeof get>[1]>["agent"]): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      // "close" comes after the agent has its socket back, so that the next request finds it.
      response.on("error", reject).on("close", () => resolve(text));
    }).on("error", reject);
  });
}
