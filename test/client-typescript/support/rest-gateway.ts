import type { IncomingMessage, ServerResponse } from "node:http";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ethereumAddress } from "../../../clients/typescript/src/signing/index.ts";
import { AttestationService } from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { type Authority, createAuthority, hex } from "../../../tools/vectors/authority.ts";
import { responseText } from "./fake-gateway.ts";
import { type Listening, listenWith } from "./listen.ts";

/** What the gateway answers to an inference call. */
export interface RestAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Body, in the pieces in which it is written. */
  readonly pieces: readonly (string | Uint8Array)[];
  /** Break the connection instead of ending the body. */
  readonly isCut?: boolean;
}

/** An OpenAI-shaped gateway that really signs. Its fields may be changed between calls. */
export interface RestGateway {
  authority: Authority;
  answer: (request: { readonly path: string; readonly body: string }) => RestAnswer;
  /** The text to sign. Default: `model:request:response` with model `demo-model`. */
  text: (request: Uint8Array, response: Uint8Array) => string;
  /** Changes what the lookup answers. */
  lookup: (answer: Record<string, string>, algorithm: string) => Record<string, unknown> | undefined;
  /** Changes bytes on their way out, after they were signed. */
  corrupt: (piece: Uint8Array) => Uint8Array;
  /** Paths of all requests, in order. */
  readonly requests: string[];
  readonly listening: Listening;
}

/** Starts one. */
export async function startRestGateway(): Promise<RestGateway> {
  const signed = new Map<string, string>();
  const requests: string[] = [];
  const rpc = connectNodeAdapter({
    routes: (router) => router.service(AttestationService, { getKeyset: () => ({ keyset: gateway.authority.keyset }) }),
  });

  async function infer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const answer = gateway.answer({ path: request.url ?? "", body: body.toString() });
    const pieces = answer.pieces.map((piece) => Buffer.from(piece));
    const whole = Buffer.concat(pieces);
    const text = gateway.text(body, whole);
    const id = /"id":"([^"]+)"/.exec(whole.toString())?.[1];
    if (id !== undefined) signed.set(id, text);
    const receipt = answer.headers?.["x-receipt-id"];
    if (receipt !== undefined) signed.set(receipt, text);
    response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
    for (const piece of pieces) {
      response.write(gateway.corrupt(piece));
      // One turn of the event loop between pieces, so that they arrive as separate reads.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (answer.isCut === true) response.write("", () => response.socket?.resetAndDestroy());
    else response.end();
  }

  function lookUp(url: URL, response: ServerResponse): void {
    const text = signed.get(decodeURIComponent(url.pathname.slice("/v1/signature/".length)));
    const algorithm = url.searchParams.get("signing_algo") ?? "ecdsa";
    const { responseEcdsa, responseEd25519 } = gateway.authority;
    const answer =
      text === undefined
        ? undefined
        : gateway.lookup(
            algorithm === "ecdsa"
              ? {
                  text,
                  signature: `0x${hex(responseEcdsa.sign(text))}`,
                  signing_address: ethereumAddress(responseEcdsa.publicKey.value),
                }
              : {
                  text,
                  signature: hex(responseEd25519.sign(text)),
                  signing_address: hex(responseEd25519.publicKey.value),
                },
            algorithm,
          );
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { error: { message: "Chat id not found or expired" } }));
  }

  const listening = await listenWith((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    requests.push(`${request.method} ${url.pathname}`);
    if (url.pathname.startsWith("/countersign.")) rpc(request, response);
    else if (url.pathname.startsWith("/v1/signature/")) lookUp(url, response);
    else if (url.pathname === "/v1/models")
      response
        .writeHead(200, { "content-type": "application/json" })
        .end('{"object":"list","data":[{"id":"demo-model"}]}');
    else void infer(request, response);
  });
  const gateway: RestGateway = {
    authority: createAuthority("gateway"),
    answer: () => ({ pieces: [] }),
    text: (request, response) => responseText("demo-model", request, response),
    lookup: (answer) => answer,
    corrupt: (piece) => piece,
    requests,
    listening,
  };
  return gateway;
}

/** A plain chat answer. */
export function plainAnswer(id = "chatcmpl-1"): RestAnswer {
  const message = { role: "assistant", content: "Hello ✓" };
  const body = {
    id,
    object: "chat.completion",
    created: 1,
    model: "demo-model",
    choices: [{ index: 0, message, finish_reason: "stop" }],
  };
  return { pieces: [JSON.stringify(body)] };
}

/** A chat answer as an event stream. */
export function streamAnswer(id = "chatcmpl-1", contents: readonly string[] = ["Hel", "lo", " ✓"]): RestAnswer {
  const event = (content: string) =>
    `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created: 1, model: "demo-model", choices: [{ index: 0, delta: { content } }] })}\n\n`;
  return {
    headers: { "content-type": "text/event-stream; charset=utf-8" },
    pieces: [": hello\n\n", ...contents.map(event), "data: [DONE]\n\n"],
  };
}
