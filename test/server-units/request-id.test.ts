import { describe, expect, it } from "vitest";
import { requestId } from "../../src/server/request-id.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("the request id", () => {
  it.each(["a", "req-1", "A.b_c:d-9", "x".repeat(128)])("%s of the caller is kept", (id) => {
    expect(requestId(id)).toBe(id);
  });

  it.each([
    undefined,
    "",
    "x".repeat(129),
    "a b",
    "a\nb",
    "a\n",
    "a\r\nx-evil: 1",
    "é",
    "a/b",
    "a=b",
    '"a"',
    "a\0",
    "a,b",
    ["a", "b"],
    ["a"],
  ])("%j is replaced by a UUID (H25)", (header) => {
    expect(requestId(header)).toMatch(UUID);
  });

  it("is another one each time", () => {
    expect(new Set(Array.from({ length: 100 }, () => requestId(undefined))).size).toBe(100);
  });
});
