import { describe, expect, it } from "vitest";
import { responseText } from "../../src/signing/index.ts";

const Q = "1".repeat(64);
const R = "2".repeat(64);
const base = { model: "org/model:tag", requestDigest: Q, responseDigest: R, responseBytes: 1234 } as const;

/** How verifiers in the field take a text apart: the last two fields are digests, the model is what stands before. */
function fieldVerifier(text: string): { model: string; request: string; response: string } | undefined {
  const match = /^(?:(.*):)?([0-9a-f]{64}):([0-9a-f]{64})$/s.exec(text);
  return match === null ? undefined : { model: match[1] ?? "", request: match[2] ?? "", response: match[3] ?? "" };
}

describe("the text of a complete answer", () => {
  it("binds the model, which may hold colons (G03, G04)", () => {
    const text = responseText("model-request-response", { ...base, status: "complete" });
    expect(text).toBe(`org/model:tag:${Q}:${R}`);
    expect(fieldVerifier(text)).toEqual({ model: "org/model:tag", request: Q, response: R });
  });

  it("leaves the model out where that is asked for", () => {
    expect(responseText("request-response", { ...base, status: "complete" })).toBe(`${Q}:${R}`);
  });
});

describe("the text of an answer that is not complete", () => {
  it.each(["upstream_failed", "cancelled"] as const)("%s cannot be taken for a complete one (S04, G11)", (status) => {
    for (const form of ["model-request-response", "request-response"] as const) {
      const text = responseText(form, { ...base, status });
      expect(text).toBe(`countersign.response.v1:${status}:org/model:tag:${Q}:1234:${R}`);
      expect(fieldVerifier(text)).toBeUndefined();
    }
  });

  it("says how many bytes were sent, none included", () => {
    expect(responseText("request-response", { ...base, responseBytes: 0, status: "cancelled" })).toContain(`:${Q}:0:`);
  });
});
