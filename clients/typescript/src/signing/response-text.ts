import type { SealStatusName } from "../transcript/seal-status.ts";

/** Prefix of the text of an incomplete REST answer. */
export const RESPONSE_VERSION = "countersign.response.v1";

/** A parsed REST text. Digests are lower-case hex of SHA-256. */
export type ResponseText =
  | {
      readonly form: "model-request-response";
      readonly model: string;
      readonly request: string;
      readonly response: string;
    }
  | { readonly form: "request-response"; readonly request: string; readonly response: string }
  | {
      readonly form: "incomplete";
      readonly status: Exclude<SealStatusName, "complete">;
      readonly model: string;
      readonly request: string;
      /** Bytes of the body that were sent. */
      readonly bytesSent: bigint;
      readonly response: string;
    };

const DIGEST = "[0-9a-f]{64}";
// Anchored at both ends and split from the right: digests hold no colon, a model name may hold any number of them.
const TWO_PARTS = new RegExp(`^(${DIGEST}):(${DIGEST})$`);
const THREE_PARTS = new RegExp(`^(.+):(${DIGEST}):(${DIGEST})$`, "s");
const INCOMPLETE = new RegExp(
  `^countersign\\.response\\.v1:(upstream_failed|cancelled):(.+):(${DIGEST}):(0|[1-9][0-9]{0,19}):(${DIGEST})$`,
  "s",
);
// A model name that begins like our own texts or holds a control character is refused at configuration, so a text that
// has one was made by somebody else or means something else.
const RESERVED_MODEL = /^countersign\.|\p{Cc}/u;

/**
 * Reads a REST text: `model:request:response`, `request:response`, or that of an answer that did not complete,
 * `countersign.response.v1:<status>:<model>:<request>:<bytes sent>:<response>`.
 *
 * A text beginning with `countersign.` is never read as one of the first two forms.
 *
 * @param text attacker-controlled; bounded by the caller's limit on the answer that carried it
 * @returns undefined if the text has none of these forms
 */
export function parseResponseText(text: string): ResponseText | undefined {
  // A lone surrogate has no UTF-8 form, so no signature can cover it.
  if (!text.isWellFormed()) return undefined;
  const two = TWO_PARTS.exec(text);
  if (two?.[1] !== undefined && two[2] !== undefined) {
    return { form: "request-response", request: two[1], response: two[2] };
  }
  if (text.startsWith("countersign.")) return parseIncomplete(text);
  const three = THREE_PARTS.exec(text);
  if (three?.[1] === undefined || three[2] === undefined || three[3] === undefined) return undefined;
  if (RESERVED_MODEL.test(three[1])) return undefined;
  return { form: "model-request-response", model: three[1], request: three[2], response: three[3] };
}

function parseIncomplete(text: string): ResponseText | undefined {
  const parts = INCOMPLETE.exec(text);
  if (parts === null) return undefined;
  const [, status, model, request, bytesSent, response] = parts;
  if (status !== "upstream_failed" && status !== "cancelled") return undefined;
  if (model === undefined || request === undefined || bytesSent === undefined || response === undefined) {
    return undefined;
  }
  if (RESERVED_MODEL.test(model)) return undefined;
  return { form: "incomplete", status, model, request, bytesSent: BigInt(bytesSent), response };
}
