/**
 * Purpose under which each role's keys are asked of a dstack key management service (`GetKey`).
 *
 * The service derives a key from its path alone; purpose and algorithm do not change it. The purpose is what the
 * custody signature states, so it is what keeps a key of one role from being passed off as a key of another:
 * - `response` is `signing`, the purpose under which deployed gateways already ask for their response keys, so that a
 *   deployment that moves here keeps its keys and their custody. Everything else that an application signs with in
 *   dstack (its `Sign` call, too) carries the same word, so it promises little.
 * - `stream` is a word of this project and of the first version of its streams. A response key, or a key of `Sign`, has
 *   no custody for it.
 * - `envelope` likewise: the word of the first version of its encryption.
 *
 * ASCII only: the text is hashed as it stands, and published dstack clients cut off anything else.
 */
export const KMS_PURPOSE: Record<"stream" | "response" | "envelope", string> = {
  response: "signing",
  stream: "countersign.stream.v1",
  envelope: "countersign.envelope.v1",
};
