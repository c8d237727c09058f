import { type DemoOptions, startDemoServer } from "../../src/demo/index.ts";

/** A chunk of a streamed chat answer, as far as the tests look at it. */
export interface Chunk {
  readonly id: string;
  readonly object: string;
  readonly system_fingerprint: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: {
      readonly role?: string;
      readonly content?: string;
      readonly reasoning_content?: string;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly id?: string;
        readonly function: { readonly name?: string; readonly arguments?: string };
      }[];
    };
    readonly logprobs: { readonly content: readonly Logprob[] } | null;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: Usage;
}

export interface Logprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[];
  readonly top_logprobs: readonly { readonly token: string; readonly logprob: number }[];
}

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly completion_tokens_details: { readonly reasoning_tokens: number };
}

/** Starts an engine that answers as fast as it can. */
export function startFast(options: Partial<DemoOptions> = {}) {
  return startDemoServer({ tokensPerSecond: 0, firstTokenMs: 0, ...options });
}

export function post(url: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Posts, demands 200 and returns the parsed body. The caller says what it expects. */
export async function postJson<T>(url: string, path: string, body: unknown): Promise<T> {
  const response = await post(url, path, body);
  if (response.status !== 200) throw new Error(`status ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Splits a complete event stream into the data of its events; fails on anything that is not `data: …\n\n`. */
export async function readEvents(response: Response): Promise<string[]> {
  const text = await response.text();
  if (!text.endsWith("\n\n")) throw new Error("the stream does not end with an empty line");
  return text
    .slice(0, -2)
    .split("\n\n")
    .map((event) => {
      if (!/^data: [^\n]+$/.test(event)) throw new Error("an event is not one data line");
      return event.slice("data: ".length);
    });
}

/** Posts a streaming request and returns its chunks, demanding the final [DONE]. */
export async function streamChat(url: string, body: object): Promise<Chunk[]> {
  const response = await post(url, "/v1/chat/completions", { stream: true, ...body });
  if (response.status !== 200) throw new Error(`status ${response.status}: ${await response.text()}`);
  const events = await readEvents(response);
  if (events.at(-1) !== "[DONE]") throw new Error("the stream does not end with [DONE]");
  return events.slice(0, -1).map((event) => JSON.parse(event) as Chunk);
}

export function contentOf(chunks: readonly Chunk[], index = 0): string {
  return chunks
    .flatMap(({ choices }) =>
      choices.filter((choice) => choice.index === index).map(({ delta }) => delta.content ?? ""),
    )
    .join("");
}

export function user(content: unknown) {
  return [{ role: "user", content }];
}

/** Reads one value from /metrics. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((entry) => entry.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no metric ${name}`);
  return Number(line.slice(name.length + 1));
}
