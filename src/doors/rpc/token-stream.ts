import { create, type DescMessage, type JsonObject, toBinary, toJson } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { StreamChatResponseSchema } from "../../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import type { Accepted, Checkpoint, Seal } from "../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import {
  type EnginePool,
  engineAnswerError,
  engineTransportError,
  isErrorAnswer,
  MAX_ERROR_BODY_BYTES,
} from "../../engines/index.ts";
import type { AnswerSealer } from "../../envelope/index.ts";
import { GatewayError, rpcError } from "../../errors/index.ts";
import { DIGEST_BYTES, type TranscriptExchange } from "../../exchange/index.ts";
import { asObject } from "../../openai/index.ts";
import { envelope, type ServerStream } from "../../rpc/index.ts";
import type { HttpResponse } from "../../server/index.ts";
import { SseEventReader } from "../../sse/index.ts";
import type { UpstreamCall, UpstreamError, UpstreamHandler, UpstreamHeaders } from "../../upstream/index.ts";
import { reportedUsage } from "../../usage/index.ts";
import type { ChunkEncoder } from "./chunk-encoder.ts";
import { chunkFrame } from "./chunk-frame.ts";

/** What a token stream needs beside the exchange. */
export interface TokenStreamOptions {
  readonly engines: EnginePool;
  /** Path at the engine. */
  readonly path: string;
  /** The engine's request. */
  readonly body: Buffer;
  readonly encoder: ChunkEncoder;
  /** Seals the answer to an encrypted request; undefined for any other. */
  readonly sealer: AnswerSealer | undefined;
  /** Schema of the response messages. */
  readonly schema: typeof StreamChatResponseSchema;
  /** How long the caller waits. Milliseconds; undefined: without limit of its own. */
  readonly timeoutMs: number | undefined;
  /** Called once, when nothing is left to do. */
  readonly onClosed: (stream: TokenStream) => void;
}

/**
 * One streamed RPC answer: engine events in, transcript messages out. Everything that arrived in one read becomes one
 * chunk. This is the hot path: no promise, generator or closure per chunk.
 */
export class TokenStream implements UpstreamHandler {
  readonly #response: HttpResponse;
  readonly #stream: ServerStream;
  readonly #exchange: TranscriptExchange;
  readonly #options: TokenStreamOptions;
  readonly #events = new SseEventReader(this);
  #call: UpstreamCall | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #status = 0;
  #headers: UpstreamHeaders | undefined;
  #errorBody: Buffer[] = [];
  #errorBytes = 0;
  /** The engine's answer is over. */
  #ended = false;
  /** `[DONE]` was seen. */
  #done = false;
  /** Found while events were read; raised when the read is over. */
  #fault: GatewayError | undefined;
  #closed = false;

  constructor(response: HttpResponse, stream: ServerStream, exchange: TranscriptExchange, options: TokenStreamOptions) {
    this.#response = response;
    this.#stream = stream;
    this.#exchange = exchange;
    this.#options = options;
  }

  /** Accepts the call and sends the engine's request. Everything else follows from its answer or the caller's leaving. */
  start(): void {
    const { engines, path, body, timeoutMs } = this.#options;
    const { receiptId, origin } = this.#exchange;
    this.#response.on("close", () => this.#onCallerClosed()).on("drain", () => this.#call?.resume());
    this.#stream.begin({ "x-request-id": origin.requestId, "x-receipt-id": receiptId });
    this.#send({ case: "accepted", value: this.#exchange.accepted() });
    if (timeoutMs !== undefined) this.#deadline = setTimeout(() => this.#onDeadline(), timeoutMs);
    this.#call = engines.send({ method: "POST", path, body, stream: true, requestId: origin.requestId }, this);
  }

  /** Ends the call because the gateway stops or unloads the model. */
  cut(why: GatewayError): void {
    this.#fail(why, "cancelled");
    this.#call?.abort();
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    this.#status = status;
    this.#headers = headers;
    if (status >= 300) return;
    const type = headers.get("content-type") ?? "";
    if (type.toLowerCase().startsWith("text/event-stream")) return;
    this.#abandon(new GatewayError("engine_protocol", "The engine did not answer with an event stream"));
  }

  onBody(bytes: Buffer): void {
    if (this.#closed) return;
    if (this.#status >= 300) {
      this.#keepError(bytes);
      return;
    }
    this.#exchange.noteRead();
    this.#options.encoder.reset();
    if (!this.#events.feed(bytes)) {
      this.#abandon(new GatewayError("engine_protocol", "The engine sent an event line that is too long"));
      return;
    }
    this.#flush();
  }

  onEvent(name: string, data: string): void {
    if (this.#done || this.#fault !== undefined) return;
    if (name !== "error" && this.#options.encoder.addKnown(data)) return;
    if (data === "[DONE]") {
      this.#done = true;
      return;
    }
    let event: JsonObject | undefined;
    try {
      event = asObject(JSON.parse(data));
    } catch {
      event = undefined;
    }
    if (event === undefined) {
      // At the end of the answer it is what is left of an event that was broken off.
      this.#fault = this.#ended
        ? new GatewayError("engine_truncated", "The engine ended its answer within an event")
        : new GatewayError("engine_protocol", "The engine sent an event that is not a JSON object");
      return;
    }
    if (name === "error" || isErrorAnswer(event["error"], event["object"])) {
      this.#fault = new GatewayError("engine_stream_error", "The engine reported an error in the middle of its answer");
      return;
    }
    const exchange = this.#exchange;
    const { id, usage } = event;
    if (exchange.responseId === undefined && typeof id === "string" && id !== "") exchange.responseId = id;
    if (usage !== undefined && usage !== null) exchange.usage = reportedUsage(usage);
    try {
      this.#options.encoder.add(event, data);
    } catch (thrown) {
      // What an engine sends must not reach the socket's read handler as an exception.
      this.#fault = GatewayError.from(thrown);
    }
  }

  onEnd(): void {
    if (this.#closed) return;
    if (this.#status >= 300) {
      this.#failWithAnswer();
      return;
    }
    this.#options.encoder.reset();
    this.#ended = true;
    this.#events.end();
    this.#flush();
    this.#fail(new GatewayError("engine_truncated", "The engine ended its answer without [DONE]"), "upstream_failed");
  }

  onError(error: UpstreamError): void {
    this.#fail(engineTransportError(error), "upstream_failed");
  }

  /** Sends what the events of one read gave; ends the call if they ended it. */
  #flush(): void {
    const { encoder, sealer } = this.#options;
    const linked = encoder.take();
    if (sealer !== undefined) this.#sendSealed(sealer, linked);
    else if (linked !== undefined) this.#sendChunk(linked);
    if (this.#fault !== undefined) this.#abandon(this.#fault);
    else if (this.#done) this.#complete();
  }

  /** The chunk that came with `[DONE]` is the final one; if there was none, an empty one is. */
  #sendSealed(sealer: AnswerSealer, linked: Buffer | undefined): void {
    if (linked === undefined && !this.#done) return;
    let sealed: Buffer;
    try {
      sealed = sealer.chunk(linked, this.#done);
    } catch (thrown) {
      // What cannot be sealed is not sent, in no form.
      this.#fault = GatewayError.from(thrown);
      return;
    }
    this.#sendChunk(sealed);
  }

  #sendChunk(linked: Buffer): void {
    const { transcript } = this.#exchange;
    const runningHash = transcript.absorb(linked);
    let more: boolean;
    if (this.#stream.json) {
      const payload = linked.subarray(DIGEST_BYTES);
      more = this.#send({ case: "chunk", value: { sequence: BigInt(transcript.count), payload, runningHash } });
    } else {
      more = this.#stream.write(chunkFrame(transcript.count, linked, runningHash));
    }
    const checkpoint = this.#exchange.dueCheckpoint();
    if (checkpoint !== undefined) more = this.#send({ case: "checkpoint", value: checkpoint });
    if (!more) this.#call?.pause();
  }

  #send(event: StreamEvent): boolean {
    const schema: DescMessage = this.#options.schema;
    const message = create(schema, { event } as never);
    const bytes = this.#stream.json ? Buffer.from(JSON.stringify(toJson(schema, message))) : toBinary(schema, message);
    return this.#stream.write(envelope(bytes));
  }

  #complete(): void {
    if (this.#closed) return;
    this.#close();
    this.#send({ case: "seal", value: this.#exchange.seal("complete") });
    this.#stream.end(undefined, { "x-receipt-id": this.#exchange.receiptId });
    // An ended response drains no more, and a paused call would keep its connection for ever.
    this.#call?.resume();
  }

  /** Fails the call and ends the engine's work. */
  #abandon(error: GatewayError): void {
    this.#fail(error, "upstream_failed");
    this.#call?.abort();
  }

  /** A call that fails is sealed too: the caller can prove what it got. */
  #fail(error: GatewayError, status: "upstream_failed" | "cancelled"): void {
    if (this.#closed) return;
    this.#close();
    this.#send({ case: "seal", value: this.#exchange.seal(status, error.code) });
    this.#stream.end(this.#callError(error), { "x-receipt-id": this.#exchange.receiptId });
  }

  #keepError(bytes: Buffer): void {
    this.#errorBytes += bytes.length;
    if (this.#errorBytes <= MAX_ERROR_BODY_BYTES) {
      this.#errorBody.push(Buffer.from(bytes));
      return;
    }
    this.#failWithAnswer();
    this.#call?.abort();
  }

  #failWithAnswer(): void {
    if (this.#headers === undefined) return;
    const error = engineAnswerError(this.#status, this.#headers, Buffer.concat(this.#errorBody));
    if (error.code !== "engine_rejected" || this.#closed) {
      this.#fail(error, "upstream_failed");
      return;
    }
    // The engine refused the request, as this gateway might have: an error of the call, without a seal over nothing.
    this.#close();
    this.#exchange.refuse(error.code);
    this.#stream.end(this.#callError(error), { "x-receipt-id": this.#exchange.receiptId });
  }

  #callError(error: GatewayError): ConnectError {
    const { sealer } = this.#options;
    return sealer === undefined ? rpcError(error) : sealer.error(error);
  }

  #onDeadline(): void {
    this.#fail(new GatewayError("deadline_exceeded", "The call's deadline has passed"), "cancelled");
    this.#call?.abort();
  }

  #onCallerClosed(): void {
    if (this.#closed) return;
    this.#close();
    this.#exchange.seal("cancelled", "cancelled");
    this.#call?.abort();
  }

  #close(): void {
    this.#closed = true;
    clearTimeout(this.#deadline);
    this.#options.onClosed(this);
  }
}

/** The messages of a stream in the form the generated code takes. */
type StreamEvent =
  | { readonly case: "accepted"; readonly value: Accepted }
  | { readonly case: "chunk"; readonly value: { sequence: bigint; payload: Uint8Array; runningHash: Uint8Array } }
  | { readonly case: "checkpoint"; readonly value: Checkpoint }
  | { readonly case: "seal"; readonly value: Seal };
