import { ConnectError } from "@connectrpc/connect";
import { SealedErrorSchema } from "../../../../gen/ts/countersign/envelope/v1/envelope_pb.ts";
import { ErrorInfoSchema } from "../../../../gen/ts/google/rpc/error_details_pb.ts";
import type { AnswerOpener } from "../envelope/index.ts";
import { CountersignError } from "../errors/index.ts";

/**
 * Gives the error of an encrypted call the text that was sealed for its caller. An error without one comes from before
 * the request was opened, or from the way; it passes as it is, and what it says is nobody's word.
 *
 * @returns the error to throw; `envelope.error` if what was sealed does not open
 */
export async function openCallError(error: CountersignError, answer: AnswerOpener): Promise<CountersignError> {
  const [sealed] = error.cause instanceof ConnectError ? error.cause.findDetails(SealedErrorSchema) : [];
  if (sealed === undefined) return error;
  try {
    return new CountersignError(error.code, (await answer.error(sealed)).message, { cause: error.cause });
  } catch (failure) {
    return failure instanceof CountersignError ? failure : error;
  }
}

/** Whether the gateway says that it does not hold the keys a request was encrypted to. */
export function isOfUnknownKey({ cause }: CountersignError): boolean {
  return cause instanceof ConnectError && cause.findDetails(ErrorInfoSchema)[0]?.reason === "ENVELOPE_KEY_UNKNOWN";
}
