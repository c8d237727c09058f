import type { Trust } from "../trust/index.ts";

/** Options of {@link createVerifyingFetch}. */
export interface VerifyingFetchOptions {
  /** Address of the gateway without `/v1`: `https://host[:port]`, with a path prefix if it has one. */
  readonly baseUrl: string;
  /** Bearer token: for the signature lookups, and for requests that carry no `Authorization` of their own. */
  readonly token?: string;
  /** Whose keys are accepted. Required. */
  readonly trust: Trust;
  /**
   * Form of the signed text to ask for and accept. Default `model-request-response`, which covers the model's name;
   * `request-response` is for gateways that know the older form only.
   */
  readonly text?: "model-request-response" | "request-response";
  /**
   * The model the signed text must name. Default: the `model` of each request's JSON body; needed where the gateway's
   * name of the model is another, and for bodies that are not JSON. Without effect on `request-response` texts.
   */
  readonly model?: string;
  /** Paths of routes that may be called without a signature on their answers, for example `/v1/files`. Default: none. */
  readonly unsignedPaths?: readonly string[];
  /** Deadline of the lookups after an answer. Milliseconds, default 30 000. */
  readonly lookupTimeoutMs?: number;
  /** Most bytes held back until they are verified: a whole plain answer, or one line of a stream. Default 64 MiB. */
  readonly maxHeldBytes?: number;
  /** The fetch underneath. Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** The clock that key validity is judged by, Unix milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
}
