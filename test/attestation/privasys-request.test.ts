import { describe, expect, it } from "vitest";
import { readPrivasysRequest } from "../../src/attestation/index.ts";

const digest = Buffer.alloc(32, 0xa5).toString("base64url");
const read = (value: unknown) => readPrivasysRequest(Buffer.from(JSON.stringify(value)));
const valid = { v: 2, mode: "challenge", leaf: digest, context: digest };

describe("the request of an attestation after the handshake", () => {
  it("is read in both modes", () => {
    expect(read(valid)).toEqual({
      mode: "challenge",
      leaf: new Uint8Array(32).fill(0xa5),
      context: new Uint8Array(32).fill(0xa5),
    });
    expect(read({ v: 2, mode: "deterministic", leaf: digest })).toMatchObject({ mode: "deterministic" });
    expect(read({ v: 2, mode: "deterministic", leaf: digest, context: null })).toMatchObject({ mode: "deterministic" });
  });

  it.each([
    ["another version", { ...valid, v: 1 }],
    ["version as text", { ...valid, v: "2" }],
    ["no mode", { ...valid, mode: undefined }],
    ["an unknown mode", { ...valid, mode: "present" }],
    ["no leaf", { ...valid, leaf: undefined }],
    ["a padded leaf", { ...valid, leaf: `${digest}=` }],
    ["a leaf in another spelling", { ...valid, leaf: `${digest.slice(0, -1)}V` }],
    ["no context", { ...valid, context: undefined }],
    ["a context of no bytes", { ...valid, context: "" }],
    ["a context of 31 bytes", { ...valid, context: Buffer.alloc(31).toString("base64url") }],
    ["a context of 33 bytes", { ...valid, context: Buffer.alloc(33).toString("base64url") }],
    ["a context of 64 bytes", { ...valid, context: Buffer.alloc(64).toString("base64url") }],
    ["a context in standard base64", { ...valid, context: `${digest.slice(0, -1)}/` }],
    ["a context in deterministic mode", { ...valid, mode: "deterministic" }],
    ["an unknown member", { ...valid, extra: 1 }],
    ["a list", [valid]],
    ["null", null],
  ])("with %s is refused", (_, value) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it("that is not JSON, or not text, is refused without quoting it", () => {
    for (const body of [Buffer.from("secret{"), Buffer.from([0xff, 0xfe])]) {
      expect(() => readPrivasysRequest(body)).toThrow(
        expect.objectContaining({ code: "invalid_request", message: "the body is not JSON" }),
      );
    }
  });
});
