import { createClient as createRpcClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { sha256 } from "@noble/hashes/sha2.js";
import { AttestationService } from "../../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { callError } from "../client/call-error.ts";
import { gatewayUrl } from "../client/gateway-url.ts";
import { CountersignError } from "../errors/index.ts";
import { requestDigest } from "../transcript/index.ts";
import { assertTrust, createKeysetSource, type FetchKeyset, type KeysetSource } from "../trust/index.ts";
import { createEventStreamGate, createPlainGate } from "./body-gate.ts";
import type { VerifyingFetchOptions } from "./options.ts";
import { usableId } from "./response-id.ts";
import { isRedirect, lookUpSignature } from "./signature-lookup.ts";
import { type ResponseFacts, verifyResponse } from "./verify-response.ts";

const DEFAULT_LOOKUP_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_HELD_BYTES = 64 * 1024 * 1024;

/**
 * A `fetch` for the OpenAI SDK (`new OpenAI({ baseURL, apiKey, fetch })`) that verifies every answer.
 *
 * It hashes the request bytes and every response byte. When the body has ended it looks up both signatures, and only if
 * they cover exactly these bytes and the model, under RESPONSE keys of the trusted keyset, are the last bytes handed
 * out: all of a plain answer, `[DONE]` of an event stream. Otherwise the body ends with a {@link CountersignError},
 * which the SDK throws. Bytes of a stream pass while they arrive, verified only by its end.
 *
 * GET and HEAD pass, as do answers of status 400 and above: they carry no content to rely on. Every other call needs a
 * signature, except on the paths the caller listed as unsigned. Redirects are refused, and so are other hosts.
 *
 * @throws CountersignError `config.invalid`
 */
export function createVerifyingFetch(options: VerifyingFetchOptions): typeof globalThis.fetch {
  assertTrust(options.trust);
  return createVerifyingFetchWith(options, (fetchKeyset) => createKeysetSource(options.trust, fetchKeyset));
}

/**
 * The same over a keyset source of the caller's making.
 *
 * @param keysetSource makes the source, given how to fetch a keyset from the gateway
 * @throws CountersignError `config.invalid`
 */
export function createVerifyingFetchWith(
  options: Omit<VerifyingFetchOptions, "trust">,
  keysetSource: (fetchKeyset: FetchKeyset) => KeysetSource,
): typeof globalThis.fetch {
  const settings = settle(options, keysetSource);
  const { fetch: send, baseUrl } = settings;

  return async (input, init) => {
    const request = new Request(input, { ...init, redirect: "manual" });
    if (!isBelow(request.url, baseUrl)) {
      throw new CountersignError("response.route", "the request goes to another address than the gateway's `baseUrl`");
    }
    // The signature covers the bytes the gateway sent; a compressed body would reach this code as other bytes.
    request.headers.set("Accept-Encoding", "identity");
    if (settings.authorization !== undefined && !request.headers.has("Authorization")) {
      request.headers.set("Authorization", settings.authorization);
    }
    const isVerified = needsSignature(request, settings);
    // Read once, and sent as read: what is hashed is what is sent, whatever the caller passed as a body.
    const body = request.body === null ? new Uint8Array() : new Uint8Array(await request.arrayBuffer());
    const response = await send(request.url, {
      ...init,
      method: request.method,
      headers: request.headers,
      redirect: "manual",
      signal: request.signal,
      ...(request.body === null ? {} : { body }),
    });
    if (isRedirect(response)) {
      await response.body?.cancel();
      throw new CountersignError("response.redirect", "the gateway answered with a redirect, which is not followed");
    }
    if (!isVerified || response.status >= 400) return response;
    if (response.status === 204 || response.status === 205) {
      throw new CountersignError("response.signature_missing", "the answer has no content and so no signature");
    }
    return verified(response, request, body, settings);
  };
}

type Settings = ReturnType<typeof settle>;

function settle(
  options: Omit<VerifyingFetchOptions, "trust">,
  keysetSource: (fetchKeyset: FetchKeyset) => KeysetSource,
) {
  const { token, model, text = "model-request-response", unsignedPaths = [], now = Date.now } = options;
  const {
    fetch = globalThis.fetch,
    lookupTimeoutMs = DEFAULT_LOOKUP_TIMEOUT_MS,
    maxHeldBytes = DEFAULT_MAX_HELD_BYTES,
  } = options;
  const baseUrl = gatewayUrl(options.baseUrl);
  const attestation = createRpcClient(
    AttestationService,
    createConnectTransport({ baseUrl, useBinaryFormat: true, fetch }),
  );
  const keysets = keysetSource(async (digest) => {
    const signal = AbortSignal.timeout(lookupTimeoutMs);
    try {
      return (await attestation.getKeyset(digest === undefined ? {} : { digest }, { signal })).keyset;
    } catch (error) {
      throw callError(error, signal);
    }
  });
  const authorization = token === undefined ? undefined : `Bearer ${token}`;
  return { authorization, model, text, unsignedPaths, now, fetch, lookupTimeoutMs, maxHeldBytes, baseUrl, keysets };
}

function isBelow(url: string, baseUrl: string): boolean {
  return url.startsWith(`${baseUrl}/`);
}

function needsSignature(request: Request, settings: Settings): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  const path = new URL(request.url).pathname.slice(new URL(settings.baseUrl).pathname.replace(/\/$/, "").length);
  return !settings.unsignedPaths.includes(path);
}

/** The response with a body that is hashed while it is read, and ends well only if it verifies. */
function verified(response: Response, request: Request, requestBody: Uint8Array, settings: Settings): Response {
  const isEventStream = /^text\/event-stream\b/i.test(response.headers.get("Content-Type") ?? "");
  const gate = isEventStream ? createEventStreamGate(settings.maxHeldBytes) : createPlainGate(settings.maxHeldBytes);
  const source = (response.body ?? new Blob([]).stream()).getReader();
  const hash = sha256.create();

  async function finish(): Promise<Uint8Array<ArrayBuffer>> {
    const { id, rest } = gate.end();
    const facts: ResponseFacts = {
      requestDigest: requestDigest(requestBody),
      responseDigest: hash.digest(),
      form: settings.text,
      model: settings.model ?? modelOf(requestBody),
    };
    await lookUpAndVerify(response, request, id, facts, settings);
    return rest;
  }

  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        for (;;) {
          const { done, value } = await readChunk(source, request.signal);
          if (done) {
            const rest = await finish();
            if (rest.length > 0) controller.enqueue(rest);
            controller.close();
            return;
          }
          hash.update(value);
          const passed = gate.pass(value);
          if (passed.length === 0) continue;
          controller.enqueue(passed);
          return;
        }
      } catch (error) {
        await source.cancel(error).catch(() => {});
        controller.error(error);
      }
    },
    cancel: (reason) => source.cancel(reason),
  });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

/** A body that breaks off is a truncated answer, whatever the transport calls it; an abort stays the caller's own. */
async function readChunk(source: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal) {
  try {
    return await source.read();
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new CountersignError("response.truncated", "the answer broke off before its end", { cause });
  }
}

async function lookUpAndVerify(
  response: Response,
  request: Request,
  bodyId: string | undefined,
  facts: ResponseFacts,
  settings: Settings,
): Promise<void> {
  const id = usableId(response.headers.get("X-Receipt-Id")) ?? bodyId;
  if (id === undefined) {
    throw new CountersignError("response.id", "the answer has neither a receipt id nor a response id to look up");
  }
  const lookup = {
    fetch: settings.fetch,
    baseUrl: settings.baseUrl,
    authorization: request.headers.get("Authorization"),
    form: settings.text,
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(settings.lookupTimeoutMs)]),
  };
  const [keyset, ecdsa, ed25519] = await Promise.all([
    settings.keysets.get(),
    lookUpSignature(lookup, id, "ecdsa"),
    lookUpSignature(lookup, id, "ed25519"),
  ]);
  try {
    verifyResponse(ecdsa, ed25519, facts, keyset, settings.now());
  } catch (error) {
    if (error instanceof CountersignError && error.code === "response.signature") settings.keysets.rotated();
    throw error;
  }
}

/** The `model` of a JSON request body; the caller's own bytes. */
function modelOf(requestBody: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(requestBody));
    if (typeof value !== "object" || value === null || !("model" in value)) return undefined;
    return typeof value.model === "string" ? value.model : undefined;
  } catch {
    return undefined;
  }
}
