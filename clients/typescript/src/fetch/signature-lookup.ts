import { CountersignError } from "../errors/index.ts";

/** One signature as `GET /v1/signature/{id}` gives it; nothing of it is verified. */
export interface SignatureAnswer {
  readonly text: string;
  readonly signature: string;
  readonly signingAddress: string;
}

/** Largest answer of the lookup. Bytes: a text, a signature and some ids need far less. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** How the lookup reaches the gateway. */
export interface SignatureLookup {
  readonly fetch: typeof globalThis.fetch;
  /** Address without `/v1`. */
  readonly baseUrl: string;
  readonly authorization: string | null;
  /** Form of the text to ask for; gateways that know one form only ignore it, and the text says which it is. */
  readonly form: "model-request-response" | "request-response";
  readonly signal: AbortSignal;
}

/**
 * Asks for one of the two signatures of an answer.
 *
 * @param id receipt id or response id; attacker-controlled, so bounded by the caller and escaped here
 * @throws CountersignError `response.signature_missing`, `response.redirect`
 */
export async function lookUpSignature(
  lookup: SignatureLookup,
  id: string,
  algorithm: "ecdsa" | "ed25519",
): Promise<SignatureAnswer> {
  const url = `${lookup.baseUrl}/v1/signature/${encodeURIComponent(id)}?signing_algo=${algorithm}&text=${lookup.form}`;
  const headers = {
    Accept: "application/json",
    ...(lookup.authorization === null ? {} : { Authorization: lookup.authorization }),
  };
  let body: unknown;
  try {
    const response = await lookup.fetch(url, { headers, redirect: "manual", signal: lookup.signal });
    if (isRedirect(response)) throw new CountersignError("response.redirect", "the signature lookup was redirected");
    if (!response.ok) {
      await response.body?.cancel();
      throw missing(`the lookup of the ${algorithm} signature answered ${response.status}`);
    }
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await readBounded(response)));
  } catch (cause) {
    if (cause instanceof CountersignError) throw cause;
    throw missing(`the lookup of the ${algorithm} signature failed`, { cause });
  }
  const { text, signature, signing_address: signingAddress } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof text !== "string" || typeof signature !== "string" || typeof signingAddress !== "string") {
    throw missing(`the answer to the lookup of the ${algorithm} signature lacks text, signature or signing_address`);
  }
  return { text, signature, signingAddress };
}

/** Whether a response made with `redirect: "manual"` is a redirect; browsers hide its status. */
export function isRedirect(response: Response): boolean {
  return (
    response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400 && response.status !== 304)
  );
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > MAX_ANSWER_BYTES) throw missing(`the answer to the lookup is larger than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function missing(what: string, options?: ErrorOptions): CountersignError {
  return new CountersignError("response.signature_missing", what, options);
}
