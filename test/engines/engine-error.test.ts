import { describe, expect, it } from "vitest";
import { engineAnswerError, engineTransportError, parseEngineError } from "../../src/engines/index.ts";
import { errorEnvelope, errorHeaders } from "../../src/errors/index.ts";
import { UpstreamError, type UpstreamErrorCode, type UpstreamHeaders } from "../../src/upstream/index.ts";
import { sharedVectors } from "../support/shared-vectors.ts";

function headers(fields: Record<string, string> = {}): UpstreamHeaders {
  const map = new Map(Object.entries(fields));
  return { get: (name: string) => map.get(name) } as unknown as UpstreamHeaders;
}

function answer(status: number, body: string, fields?: Record<string, string>) {
  return engineAnswerError(status, headers(fields), Buffer.from(body));
}

interface Envelope {
  readonly error: { readonly message: string; readonly type: string; readonly param: unknown; readonly code: unknown };
}

interface NearFile {
  readonly upstream_errors: readonly {
    readonly name: string;
    readonly upstream_status: number;
    readonly upstream_body: string;
    readonly status: number;
    readonly body: string;
  }[];
}

const near = sharedVectors<NearFile>("near.json");

/** Where this gateway differs from the one that made the answers, on purpose. */
const DIFFERENT: Readonly<Record<string, { why: string; error: Partial<Envelope["error"]> }>> = {
  "nested-default-type": { why: "one type for what has none", error: { type: "upstream_error" } },
  flat: { why: "H03: param and code survive", error: { param: "model", code: 404 } },
  "error-is-string": { why: "H08: the text is the message", error: { message: "boom" } },
  "error-string-with-message": {
    why: "H08: the error itself goes first",
    error: { message: "boom", type: "upstream_error" },
  },
  "not-json": { why: "own wording", error: { message: "The engine answered with status 502" } },
  empty: { why: "own wording", error: { message: "The engine answered with status 503" } },
};

describe.skipIf(near === undefined)("answers of another gateway", () => {
  it.each(near?.upstream_errors ?? [])("$name", ({ name, upstream_status, upstream_body, status, body }) => {
    const error = answer(upstream_status, upstream_body);
    expect(error.status).toBe(status);
    const expected = (JSON.parse(body) as Envelope).error;
    expect(JSON.parse(errorEnvelope(error)), DIFFERENT[name]?.why).toEqual({
      error: { ...expected, ...DIFFERENT[name]?.error },
    });
  });
});

describe("an engine's error", () => {
  it("keeps its status and scalar fields (H03)", () => {
    const error = answer(422, '{"error":{"message":"bad","type":"BadRequestError","param":"n","code":42}}');
    expect(error.code).toBe("engine_rejected");
    expect(errorEnvelope(error)).toBe('{"error":{"message":"bad","type":"BadRequestError","param":"n","code":42}}');
  });

  it.each([{}, [], true, "x".repeat(257)])("leaves out a param and a code like %j", (value) => {
    expect(parseEngineError(Buffer.from(JSON.stringify({ error: { param: value, code: value } })))).toMatchObject({
      param: null,
      code: null,
    });
  });

  it("is cleaned of echoes in every field (H04, H05)", () => {
    const echo = "{'type': 'missing', 'input': 'SECRET'}";
    const body = JSON.stringify({ error: { message: echo, type: echo, param: echo, code: echo } });
    const envelope = errorEnvelope(answer(400, body));
    expect(envelope).not.toContain("SECRET");
    expect(envelope).not.toContain("input");
  });

  it("is cut to its limits", () => {
    const long = "x".repeat(10_000);
    const error = parseEngineError(Buffer.from(JSON.stringify({ error: { message: long, type: long } })));
    expect([error?.message?.length, error?.type?.length]).toEqual([4096, 256]);
  });

  it.each(["", "<html>SECRET</html>", "SECRET", "{", "null", "3", '"SECRET"', "[]"])(
    "that is %j says no more than its status (H10)",
    (body) => {
      const { error } = JSON.parse(errorEnvelope(answer(500, body))) as Envelope;
      expect(error).toEqual({
        message: "The engine answered with status 500",
        type: "upstream_error",
        param: null,
        code: null,
      });
    },
  );

  it("nested deeper than any stack is read or refused, never a crash", () => {
    expect(answer(400, `${'{"error":'.repeat(8000)}1${"}".repeat(8000)}`).status).toBe(400);
    expect(answer(400, "[".repeat(60_000)).message).toBe("The engine answered with status 400");
  });

  it.each([301, 302, 307, 308, 304])("of status %i is not followed (H15)", (status) => {
    const error = answer(status, '{"error":{"message":"x"}}', { location: "http://elsewhere.example/" });
    expect([error.code, error.status, error.engine]).toEqual(["engine_protocol", 502, undefined]);
    expect(error.message).not.toContain("elsewhere");
  });

  it.each([
    [400, "engine_rejected", undefined],
    [404, "engine_rejected", undefined],
    [429, "engine_rejected", "5"],
    [500, "engine_failed", undefined],
    [502, "engine_failed", undefined],
    [503, "engine_unavailable", "5"],
    [504, "engine_failed", undefined],
  ] as const)("of status %i is %s", (status, code, retryAfter) => {
    const error = answer(status, "{}");
    expect([error.code, error.status]).toEqual([code, status]);
    expect(errorHeaders(error)["retry-after"]).toBe(retryAfter);
  });

  it.each([
    ["17", "17"],
    ["0", "0"],
    ["99999", "86400"],
    ["100000", "5"],
    ["-1", "5"],
    ["1.5", "5"],
    ["", "5"],
    ["Wed, 21 Oct 2026 07:28:00 GMT", "5"],
    ["7\r\nx-evil: 1", "5"],
  ])("with Retry-After %j gives %s", (value, expected) => {
    expect(errorHeaders(answer(503, "{}", { "retry-after": value }))["retry-after"]).toBe(expected);
  });
});

describe("a failure of the connection (H01)", () => {
  const TABLE: Record<UpstreamErrorCode, readonly [string, number]> = {
    connect_failed: ["engine_unreachable", 502],
    connect_timeout: ["engine_timeout", 504],
    first_byte_timeout: ["engine_timeout", 504],
    idle_timeout: ["engine_timeout", 504],
    total_timeout: ["engine_timeout", 504],
    connection_lost: ["engine_unreachable", 502],
    truncated: ["engine_truncated", 502],
    malformed: ["engine_protocol", 502],
    too_large: ["engine_protocol", 502],
    aborted: ["cancelled", 499],
  };

  it.each(Object.entries(TABLE) as [UpstreamErrorCode, readonly [string, number]][])("%s", (code, [own, status]) => {
    const error = engineTransportError(new UpstreamError(code, "SECRET detail at 10.0.0.7"));
    expect([error.code, error.status]).toEqual([own, status]);
    expect(errorEnvelope(error)).not.toMatch(/SECRET|10\.0\.0\.7/);
  });
});
