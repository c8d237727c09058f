import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { createClient as createRpcClient, type Transport } from "@connectrpc/connect";
import { AttestationService } from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import {
  type ChatChunk,
  ChatChunkSchema,
  type ChatResult,
  ChatResultSchema,
} from "../../../../gen/ts/countersign/inference/v1/chat_pb.ts";
import {
  type CompletionResult,
  CompletionResultSchema,
} from "../../../../gen/ts/countersign/inference/v1/completion_pb.ts";
import {
  type EmbeddingResult,
  EmbeddingResultSchema,
} from "../../../../gen/ts/countersign/inference/v1/embedding_pb.ts";
import { InferenceService, type Model } from "../../../../gen/ts/countersign/inference/v1/inference_service_pb.ts";
import {
  type TokenizeResult,
  TokenizeResultSchema,
} from "../../../../gen/ts/countersign/inference/v1/tokenization_pb.ts";
import { SignatureService } from "../../../../gen/ts/countersign/signature/v1/signature_service_pb.ts";
import { ConstraintsSchema, ProofOptionsSchema } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { CountersignError } from "../errors/index.ts";
import type { Keyset } from "../signing/index.ts";
import { assertTrust, createKeysetSource, type FetchKeyset, type KeysetSource } from "../trust/index.ts";
import { type StreamEvent, type UnaryResponse, verifyUnary } from "../verify/index.ts";
import { callError } from "./call-error.ts";
import { type CallOptions, DEFAULT_TIMEOUT_MS, type VerificationOptions } from "./call-options.ts";
import { type CallScope, createCallScope } from "./call-scope.ts";
import { type ChatRequestInput, serialiseChatInput } from "./chat-input.ts";
import { type CompletionRequestInput, serialiseCompletionInput } from "./completion-input.ts";
import { type EmbeddingRequestInput, serialiseEmbeddingInput } from "./embedding-input.ts";
import { type CallDraft, type PreparedCall, prepareCall, type Request } from "./prepared-call.ts";
import { isOfUnknownKey, openCallError } from "./sealed-call-error.ts";
import { chatChunkText, completionText } from "./text-of.ts";
import { serialiseTokenizeInput, type TokenizeRequestInput } from "./tokenize-input.ts";
import type { VerifiedResult } from "./verified-result.ts";
import { type SignatureRecord, verifySignatureRecord } from "./verified-signature.ts";
import { createVerifiedStream, decodePayload, type VerifiedStream } from "./verified-stream.ts";

/** A client of one gateway. Every answer is verified; whatever does not verify throws a {@link CountersignError}. */
export interface CountersignClient {
  /** One chat answer. */
  chat(input: ChatRequestInput, options?: CallOptions): Promise<VerifiedResult<ChatResult>>;
  /** A chat answer as it is generated. */
  streamChat(input: ChatRequestInput, options?: CallOptions): VerifiedStream<ChatChunk>;
  /** One text completion. */
  complete(input: CompletionRequestInput, options?: CallOptions): Promise<VerifiedResult<CompletionResult>>;
  /** A text completion as it is generated. */
  streamComplete(input: CompletionRequestInput, options?: CallOptions): VerifiedStream<CompletionResult>;
  /** Vectors for texts. */
  embed(input: EmbeddingRequestInput, options?: CallOptions): Promise<VerifiedResult<EmbeddingResult>>;
  /** Token ids of a text or a conversation. */
  tokenize(input: TokenizeRequestInput, options?: CallOptions): Promise<VerifiedResult<TokenizeResult>>;
  /** The models that can be asked for. This list is not signed. */
  listModels(options?: Pick<CallOptions, "signal" | "timeoutMs">): Promise<readonly Model[]>;
  /** Both signatures of an earlier answer of this token, by response id or receipt id, verified. */
  getSignature(
    id: string,
    options?: Pick<CallOptions, "signal" | "timeoutMs"> & { readonly model?: string },
  ): Promise<SignatureRecord>;
  /** The keyset this client trusts, fetched if need be. */
  keyset(): Promise<Keyset>;
}

interface RpcOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * Puts verification on top of a transport of any protocol. The transport carries the token and closes its connections.
 *
 * @throws CountersignError `config.invalid`
 */
export function createClientOver(transport: Transport, settings: VerificationOptions): CountersignClient {
  assertTrust(settings.trust);
  return createVerifyingClient(transport, settings, (fetchKeyset) => createKeysetSource(settings.trust, fetchKeyset));
}

/**
 * The same over a keyset source of the caller's making.
 *
 * @param keysetSource makes the source, given how to fetch a keyset over this transport
 * @throws CountersignError `config.invalid`
 */
export function createVerifyingClient(
  transport: Transport,
  settings: Omit<VerificationOptions, "trust">,
  keysetSource: (fetchKeyset: FetchKeyset) => KeysetSource,
): CountersignClient {
  const {
    encrypt = false,
    constraints: defaultConstraints,
    now = Date.now,
    timeoutMs: defaultTimeoutMs = DEFAULT_TIMEOUT_MS,
  } = settings;
  assertTimeout(defaultTimeoutMs);
  const inference = createRpcClient(InferenceService, transport);
  const attestation = createRpcClient(AttestationService, transport);
  const signatures = createRpcClient(SignatureService, transport);
  const keysets = keysetSource(async (digest) => {
    const scope = createCallScope({}, defaultTimeoutMs);
    const request = digest === undefined ? {} : { digest };
    return (await guarded(scope, attestation.getKeyset(request, rpcOptions(scope)))).keyset;
  });

  if (encrypt && !keysets.pinned && !keysets.attested) {
    throw new CountersignError(
      "config.invalid",
      "`encrypt` needs keys that somebody vouches for: pin a keyset, pass its bytes, or attest the connections",
    );
  }

  function begin(options: CallOptions): CallScope {
    if (options.timeoutMs !== undefined) assertTimeout(options.timeoutMs);
    return createCallScope(options, defaultTimeoutMs);
  }

  function describe(method: MethodName, model: string, input: Uint8Array, options: CallOptions): CallDraft {
    const constraints = options.constraints ?? defaultConstraints;
    return {
      method,
      model,
      ...(constraints === undefined ? {} : { constraints: create(ConstraintsSchema, constraints) }),
      ...(options.proof === undefined ? {} : { proof: create(ProofOptionsSchema, options.proof) }),
      input,
    };
  }

  async function prepare(draft: CallDraft, scope: CallScope): Promise<PreparedCall> {
    return prepareCall(draft, await scope.wait(keysets.get()), encrypt, now);
  }

  function noteError(error: CountersignError): void {
    if (error.code === "keyset.untrusted" || error.code === "keyset.key" || isOfUnknownKey(error)) keysets.rotated();
  }

  async function unary<Desc extends DescMessage>(
    schema: Desc,
    draft: CallDraft,
    options: CallOptions,
    send: (request: Request, options: RpcOptions) => Promise<UnaryResponse>,
  ): Promise<VerifiedResult<MessageShape<Desc>>> {
    const scope = begin(options);
    const { request, exchange, answer } = await prepare(draft, scope);
    try {
      const response = await guarded(scope, send(request, rpcOptions(scope)));
      const seal = verifyUnary(response, exchange);
      const payload = answer === undefined ? response.payload : await answer.take(response.payload);
      answer?.end();
      return { message: decodePayload(schema, payload ?? new Uint8Array()), seal, ...vouching(keysets) };
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
      noteError(error);
      throw answer === undefined ? error : await openCallError(error, answer);
    }
  }

  function stream<Desc extends DescMessage>(
    schema: Desc,
    draft: CallDraft,
    options: CallOptions,
    send: (request: Request, options: RpcOptions) => AsyncIterable<{ readonly event: StreamEvent }>,
    textOf: (chunk: MessageShape<Desc>) => string,
  ): VerifiedStream<MessageShape<Desc>> {
    const scope = begin(options);
    return createVerifiedStream({
      scope,
      ...vouching(keysets),
      payload: schema,
      prepare: () => prepare(draft, scope),
      open: (request) => send(request, rpcOptions(scope)),
      textOf,
      onError: noteError,
    });
  }

  return {
    async chat(input, options = {}) {
      const draft = describe(METHODS.chat, input.model, serialiseChatInput(input), options);
      return unary(ChatResultSchema, draft, options, (message, rpc) => inference.chat(message, rpc));
    },
    streamChat(input, options = {}) {
      const draft = describe(METHODS.streamChat, input.model, serialiseChatInput(input), options);
      const send = (message: Request, rpc: RpcOptions) => inference.streamChat(message, rpc);
      return stream(ChatChunkSchema, draft, options, send, chatChunkText);
    },
    async complete(input, options = {}) {
      const draft = describe(METHODS.complete, input.model, serialiseCompletionInput(input), options);
      return unary(CompletionResultSchema, draft, options, (message, rpc) => inference.complete(message, rpc));
    },
    streamComplete(input, options = {}) {
      const draft = describe(METHODS.streamComplete, input.model, serialiseCompletionInput(input), options);
      const send = (message: Request, rpc: RpcOptions) => inference.streamComplete(message, rpc);
      return stream(CompletionResultSchema, draft, options, send, completionText);
    },
    async embed(input, options = {}) {
      const draft = describe(METHODS.embed, input.model, serialiseEmbeddingInput(input), options);
      return unary(EmbeddingResultSchema, draft, options, (message, rpc) => inference.embed(message, rpc));
    },
    async tokenize(input, options = {}) {
      const draft = describe(METHODS.tokenize, input.model, serialiseTokenizeInput(input), options);
      return unary(TokenizeResultSchema, draft, options, (message, rpc) => inference.tokenize(message, rpc));
    },
    async listModels(options = {}) {
      const scope = begin(options);
      return (await guarded(scope, inference.listModels({}, rpcOptions(scope)))).models;
    },
    async getSignature(id, options = {}) {
      const scope = begin(options);
      const keyset = await scope.wait(keysets.get());
      const answer = await guarded(
        scope,
        signatures.getSignature({ id, model: options.model ?? "" }, rpcOptions(scope)),
      );
      return verifySignatureRecord(answer, id, keyset, now());
    },
    keyset: () => keysets.get(),
  };
}

const METHODS = {
  chat: "/countersign.inference.v1.InferenceService/Chat",
  streamChat: "/countersign.inference.v1.InferenceService/StreamChat",
  complete: "/countersign.inference.v1.InferenceService/Complete",
  streamComplete: "/countersign.inference.v1.InferenceService/StreamComplete",
  embed: "/countersign.inference.v1.InferenceService/Embed",
  tokenize: "/countersign.inference.v1.InferenceService/Tokenize",
} as const;

type MethodName = (typeof METHODS)[keyof typeof METHODS];

/** Who vouches for the keys, as results state it. */
function vouching({ pinned, attested }: KeysetSource) {
  return { pinned, attested };
}

function rpcOptions(scope: CallScope): RpcOptions {
  return { signal: scope.signal, timeoutMs: scope.remainingMs() };
}

/** Waits for a call and gives its failure a code. */
async function guarded<T>(scope: CallScope, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw callError(error, scope.signal);
  }
}

function assertTimeout(timeoutMs: number): void {
  // The largest delay a timer takes; above it timers fire at once.
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 2_147_483_647) {
    throw new CountersignError(
      "config.invalid",
      "`timeoutMs` is a whole number of milliseconds from 1 to 2 147 483 647",
    );
  }
}
