/** Status words of signed texts. */
export type ExchangeStatus = "complete" | "upstream_failed" | "cancelled";

/** Form of the text that is signed for a complete REST answer. */
export type ResponseTextForm = "model-request-response" | "request-response";

/** What a REST text says. */
export interface ResponseTextInput {
  /** The gateway's model name; may contain `:`. */
  readonly model: string;
  /** Hex SHA-256 of the request body as received. */
  readonly requestDigest: string;
  /** Hex SHA-256 of the response body as sent. */
  readonly responseDigest: string;
  /** Length of the response body as sent, in bytes. */
  readonly responseBytes: number;
  readonly status: ExchangeStatus;
}

/**
 * The text signed for a REST answer. A complete answer: `model:request:response` or `request:response`, as peers do.
 *
 * An incomplete one: `countersign.response.v1:<status>:<model>:<request>:<bytes>:<response>`. Field verifiers split at
 * `:` from the right and expect two digests; the byte count between them keeps them from taking a truncated answer for
 * a complete one, and no model name may start with `countersign.`.
 */
export function responseText(form: ResponseTextForm, input: ResponseTextInput): string {
  const { model, requestDigest, responseDigest, responseBytes, status } = input;
  if (status !== "complete") {
    return `countersign.response.v1:${status}:${model}:${requestDigest}:${responseBytes}:${responseDigest}`;
  }
  return form === "request-response"
    ? `${requestDigest}:${responseDigest}`
    : `${model}:${requestDigest}:${responseDigest}`;
}
