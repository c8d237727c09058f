import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import {
  type Constraints,
  ModelDigestKind,
  type ProofOptions,
  RequestForm,
} from "../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";
import type { AnswerSealer } from "../../envelope/index.ts";
import { GatewayError } from "../../errors/index.ts";
import type { RpcServices } from "./services.ts";

/** The clear part every inference request has, and its input in one of three forms. */
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
  /** Seals the answer to an encrypted request; undefined for any other. */
  readonly sealer: AnswerSealer | undefined;
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

/** What opening a request needs from the gateway. */
type OpeningServices = Pick<RpcServices, "config" | "models" | "draining" | "envelopes">;

function requireService(services: OpeningServices): void {
  if (services.draining()) throw new GatewayError("draining", "The gateway is shutting down; try another one");
}

/**
 * Opens an inference request: everything in it is attacker-controlled. Throws, or rejects with, `draining`,
 * `model_not_found`, `constraint_unsatisfied`, `encryption_required`, `invalid_request` or, for an envelope, what
 * {@link EnvelopeOpener.open} names; once that is open, with an error that is sealed.
 *
 * @param method full method name
 * @returns at once for plaintext; a promise for an envelope
 */
export function openRequest<Schema extends DescMessage>(
  services: OpeningServices,
  method: string,
  request: InferenceRequest,
  schema: Schema,
): OpenedRequest<MessageShape<Schema>> | Promise<OpenedRequest<MessageShape<Schema>>> {
  requireService(services);
  if (request.model === "") {
    throw new GatewayError("invalid_request", "model: is required", { param: "model" });
  }
  services.models.require(request.model);
  requireConstraints(request.constraints);
  const { input } = request;
  if (input.case === undefined) {
    throw new GatewayError("invalid_request", "input: set payload, envelope or the typed message", { param: "input" });
  }
  if (input.case === "envelope") return openEnvelope(services, method, request, input.value as Uint8Array, schema);
  if (services.config.e2ee.required || request.constraints?.requireEnvelope === true) {
    throw new GatewayError("encryption_required", "input: is not encrypted; send an envelope", { param: "input" });
  }
  if (input.case !== "payload") {
    const typed = input.value as MessageShape<Schema>;
    return { payload: toBinary(schema, typed), form: RequestForm.TYPED, input: typed, sealer: undefined };
  }
  const payload = input.value as Uint8Array;
  return { payload, form: RequestForm.PAYLOAD, input: decode(schema, payload), sealer: undefined };
}

async function openEnvelope<Schema extends DescMessage>(
  services: OpeningServices,
  method: string,
  { model, constraints }: InferenceRequest,
  payload: Uint8Array,
  schema: Schema,
): Promise<OpenedRequest<MessageShape<Schema>>> {
  const { input, sealer } = await services.envelopes.open({ method, model, constraints }, payload);
  try {
    // Opening takes a moment, in which a drain may have begun that does not know of this request.
    requireService(services);
    return { payload, form: RequestForm.ENVELOPE, input: decode(schema, input), sealer };
  } catch (refusal) {
    throw sealer.error(refusal);
  }
}

function decode<Schema extends DescMessage>(schema: Schema, payload: Uint8Array): MessageShape<Schema> {
  try {
    return fromBinary(schema, payload);
  } catch (cause) {
    throw new GatewayError("invalid_request", `payload: is not a serialised ${schema.typeName}`, {
      param: "payload",
      cause,
    });
  }
}
