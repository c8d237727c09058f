import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  type ErrorCode,
  errorClasses,
  errorEnvelope,
  errorHeaders,
  GatewayError,
  rpcError,
} from "../../src/errors/index.ts";

/** Status, REST type, RPC code and Retry-After of every code, as the documentation promises them. */
const TABLE: Record<ErrorCode, readonly [number, string, Code, number?]> = {
  unauthenticated: [401, "unauthorized", Code.Unauthenticated],
  not_found: [404, "not_found", Code.NotFound],
  method_not_allowed: [405, "bad_request", Code.Unimplemented],
  invalid_json: [400, "bad_request", Code.InvalidArgument],
  invalid_request: [400, "bad_request", Code.InvalidArgument],
  unsupported_media_type: [415, "bad_request", Code.InvalidArgument],
  payload_too_large: [413, "payload_too_large", Code.ResourceExhausted],
  request_timeout: [408, "bad_request", Code.DeadlineExceeded],
  deadline_exceeded: [504, "bad_request", Code.DeadlineExceeded],
  model_not_found: [404, "not_found", Code.NotFound],
  model_not_loaded: [503, "server_error", Code.Unavailable, 5],
  model_refused: [412, "constraint_unsatisfied", Code.FailedPrecondition],
  models_not_managed: [501, "not_implemented", Code.FailedPrecondition],
  load_superseded: [409, "conflict", Code.Aborted],
  signature_not_found: [404, "not_found", Code.NotFound],
  constraint_unsatisfied: [412, "constraint_unsatisfied", Code.FailedPrecondition],
  encryption_required: [412, "constraint_unsatisfied", Code.FailedPrecondition],
  envelope_key_unknown: [412, "bad_request", Code.FailedPrecondition],
  envelope_invalid: [400, "bad_request", Code.InvalidArgument],
  envelope_stale: [412, "bad_request", Code.FailedPrecondition],
  envelope_replayed: [409, "conflict", Code.AlreadyExists],
  engine_unreachable: [502, "upstream_error", Code.Unavailable],
  engine_protocol: [502, "upstream_error", Code.Unavailable],
  engine_truncated: [502, "upstream_error", Code.Unavailable],
  engine_stream_error: [502, "upstream_error", Code.Unavailable],
  engine_timeout: [504, "upstream_error", Code.Unavailable],
  engine_unavailable: [503, "upstream_error", Code.Unavailable, 5],
  engine_rejected: [400, "upstream_error", Code.InvalidArgument],
  engine_failed: [500, "upstream_error", Code.Internal],
  rate_limited: [429, "rate_limited", Code.ResourceExhausted, 1],
  tls_required: [400, "bad_request", Code.FailedPrecondition],
  attestation_unavailable: [503, "server_error", Code.Unavailable, 5],
  attestation_timeout: [504, "server_error", Code.Unavailable, 5],
  draining: [503, "server_error", Code.Unavailable, 1],
  cancelled: [499, "bad_request", Code.Canceled],
  unimplemented: [501, "not_implemented", Code.Unimplemented],
  internal: [500, "server_error", Code.Internal],
};

const codes = Object.entries(TABLE) as [ErrorCode, (typeof TABLE)[ErrorCode]][];

/** The details as plain values. */
function detailsOf(error: ReturnType<typeof rpcError>): unknown[] {
  return error.details.map((detail) => ("desc" in detail ? [detail.desc.typeName, detail.value] : detail));
}

it("has no code that is not in the table", () => {
  expect(
    errorClasses()
      .map(([code]) => code)
      .sort(),
  ).toEqual(Object.keys(TABLE).sort());
});

describe.each(codes)("%s", (code, [status, type, rpc, retryAfter]) => {
  const error = new GatewayError(code, "What was wrong, and what would fix it", { param: "field" });

  it("in REST", () => {
    expect(error.status).toBe(status);
    expect(errorEnvelope(error)).toBe(
      `{"error":{"message":"What was wrong, and what would fix it","type":"${type}","param":"field","code":"${code}"}}`,
    );
    expect(errorHeaders(error)).toEqual({
      ...(code === "unauthenticated" ? { "www-authenticate": "Bearer" } : {}),
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    });
  });

  it("in RPC", () => {
    const result = rpcError(error);
    expect(result.code).toBe(rpc);
    expect(result.rawMessage).toBe("What was wrong, and what would fix it");
    expect(detailsOf(result)).toEqual([
      ["google.rpc.ErrorInfo", { reason: code.toUpperCase(), domain: "countersign", metadata: {} }],
      [
        "google.rpc.BadRequest",
        { fieldViolations: [{ field: "field", description: "What was wrong, and what would fix it" }] },
      ],
      ...(retryAfter === undefined
        ? []
        : [["google.rpc.RetryInfo", { retryDelay: { seconds: BigInt(retryAfter), nanos: 0 } }]]),
    ]);
  });
});

describe("an engine's own error", () => {
  const of = (status: number): GatewayError =>
    new GatewayError("engine_rejected", "said", { engine: { status, type: "BadRequestError", param: "p", code: 7 } });

  it("keeps status, type, param and code in REST (H03)", () => {
    expect(of(422).status).toBe(422);
    expect(JSON.parse(errorEnvelope(of(422)))).toEqual({
      error: { message: "said", type: "BadRequestError", param: "p", code: 7 },
    });
  });

  it("does not get the gateway's code or param in their place", () => {
    const error = new GatewayError("engine_rejected", "said", { param: "ours", engine: { status: 400 } });
    expect(JSON.parse(errorEnvelope(error))).toEqual({
      error: { message: "said", type: "upstream_error", param: null, code: null },
    });
  });

  it.each([
    [400, Code.InvalidArgument],
    [401, Code.Internal],
    [403, Code.Internal],
    [404, Code.NotFound],
    [409, Code.FailedPrecondition],
    [412, Code.FailedPrecondition],
    [413, Code.ResourceExhausted],
    [422, Code.InvalidArgument],
    [429, Code.ResourceExhausted],
    [500, Code.Internal],
    [501, Code.Unimplemented],
    [502, Code.Unavailable],
  ])("of status %i has RPC code %i", (status, code) => {
    const result = rpcError(of(status));
    expect(result.code).toBe(code);
    expect(detailsOf(result)[0]).toEqual([
      "google.rpc.ErrorInfo",
      {
        reason: "ENGINE_REJECTED",
        domain: "countersign",
        metadata: { engine_status: String(status), engine_code: "7", engine_type: "BadRequestError" },
      },
    ]);
  });
});

describe("what goes wrong unexpectedly", () => {
  const secret = "the prompt: SECRET";
  const thrown: unknown[] = [new Error(secret), new TypeError(secret), secret, { message: secret }, null, undefined];

  it.each(thrown)("%o reaches nobody but the log (H10)", (cause) => {
    const error = GatewayError.from(cause);
    expect([error.code, error.message, error.cause]).toEqual(["internal", "Internal server error", cause]);
    expect(errorEnvelope(error)).toBe(
      '{"error":{"message":"Internal server error","type":"server_error","param":null,"code":"internal"}}',
    );
    const rpc = rpcError(cause);
    expect(rpc.code).toBe(Code.Internal);
    expect(rpc.message).not.toContain("SECRET");
    expect(JSON.stringify(detailsOf(rpc))).not.toContain("SECRET");
  });

  it("stays one error however often it is passed on", () => {
    const error = new GatewayError("draining", "x");
    expect(GatewayError.from(error)).toBe(error);
    const rpc = rpcError(error);
    expect(rpcError(rpc)).toBe(rpc);
  });
});

describe("headers", () => {
  it("name the methods that are allowed (H02) and the time an engine asked for (A08)", () => {
    expect(errorHeaders(new GatewayError("method_not_allowed", "x", { allow: "GET, HEAD" }))).toEqual({
      allow: "GET, HEAD",
    });
    expect(errorHeaders(new GatewayError("engine_unavailable", "x", { retryAfterSeconds: 17 }))).toEqual({
      "retry-after": "17",
    });
    expect(errorHeaders(new GatewayError("engine_unavailable", "x", { retryAfterSeconds: 0 }))).toEqual({
      "retry-after": "0",
    });
  });
});
