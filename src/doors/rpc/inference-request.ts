import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import {
  type Constraints,
  ModelDigestKind,
  type ProofOptions,
  RequestForm,
} from "../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import { GatewayError } from "../../errors/index.ts";
import type { RpcServices } from "./services.ts";

/** The clear part every inference request has, and its input in one of two forms. */
export interface InferenceRequest {
  readonly model: string;
  readonly constraints?: Constraints | undefined;
  readonly proof?: ProofOptions | undefined;
  readonly input: { readonly case?: string | undefined; readonly value?: unknown };
}

/** A request whose model is served, whose constraints can be met, and whose input is decoded. */
export interface OpenedRequest<Input> {
  /** The bytes the request digest covers. */
  readonly payload: Uint8Array;
  readonly form: RequestForm;
  readonly input: Input;
}

/** Refuses constraints this version cannot meet: a constraint that is not understood must never count as met. */
function requireConstraints(constraints: Constraints | undefined): void {
  if (constraints === undefined) return;
  const refuse = (field: string, why: string): never => {
    throw new GatewayError("constraint_unsatisfied", `constraints.${field}: ${why}`, { param: `constraints.${field}` });
  };
  if (constraints.requireVerifiedUpstream) refuse("require_verified_upstream", "this version verifies no upstreams");
  if (constraints.sessionIds.length > 0) refuse("session_ids", "this version holds no upstream sessions");
  if (constraints.modelDigest !== undefined && constraints.modelDigest.kind !== ModelDigestKind.NONE) {
    refuse("model_digest", "this version knows no model digests");
  }
  if (constraints.reproducible) refuse("reproducible", "comes with a later version");
}

/**
 * Opens an inference request: everything in it is attacker-controlled. Throws `draining`, `model_not_found`,
 * `constraint_unsatisfied` or `invalid_request`.
 */
export function openRequest<Schema extends DescMessage>(
  services: Pick<RpcServices, "models" | "draining">,
  request: InferenceRequest,
  schema: Schema,
): OpenedRequest<MessageShape<Schema>> {
  if (services.draining()) throw new GatewayError("draining", "The gateway is shutting down; try another one");
  if (request.model === "") {
    throw new GatewayError("invalid_request", "model: is required", { param: "model" });
  }
  services.models.require(request.model);
  requireConstraints(request.constraints);
  const { input } = request;
  if (input.case === undefined) {
    throw new GatewayError("invalid_request", "input: set payload or the typed message", { param: "input" });
  }
  if (input.case !== "payload") {
    const typed = input.value as MessageShape<Schema>;
    return { payload: toBinary(schema, typed), form: RequestForm.TYPED, input: typed };
  }
  const payload = input.value as Uint8Array;
  try {
    return { payload, form: RequestForm.PAYLOAD, input: fromBinary(schema, payload) };
  } catch (cause) {
    throw new GatewayError("invalid_request", `payload: is not a serialised ${schema.typeName}`, {
      param: "payload",
      cause,
    });
  }
}
