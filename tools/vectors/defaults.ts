import { toBinary } from "@bufbuild/protobuf";
import { ConstraintsSchema } from "../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { createAuthority, hex } from "./authority.ts";
import { chatInput } from "./chat-content.ts";
import type { Call } from "./exchange.ts";

/** The authority whose keyset vectors trust unless they say otherwise. */
export const AUTHORITY = createAuthority("gateway");

/** The call of every vector that does not need another one. */
export const CALL: Call = {
  method: "/countersign.inference.v1.InferenceService/StreamChat",
  model: "demo-model",
  requestPayload: chatInput("Say hello."),
};

/** A call as vectors carry it: what the client knows before the first answer byte. */
export interface CallJson {
  readonly method: string;
  readonly model: string;
  readonly request_payload: string;
  /** Serialised Constraints; null if none were sent. */
  readonly constraints: string | null;
}

/** Writes a call down. */
export function callJson(call: Call): CallJson {
  const { constraints } = call;
  return {
    method: call.method,
    model: call.model,
    request_payload: hex(call.requestPayload),
    constraints: constraints === undefined ? null : hex(toBinary(ConstraintsSchema, constraints)),
  };
}
