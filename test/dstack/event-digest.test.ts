import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  eventDigestV1,
  eventDigestV2,
  eventPreimageV1,
  eventPreimageV2,
  parseEventLog,
  replayEventLog,
} from "../../clients/typescript/src/dstack/index.ts";
import { dstackVectors } from "./dstack-vectors.ts";
import { bytes, hex } from "./event-log-text.ts";

describe("the digest of a runtime event", () => {
  it("is SHA-384 of type, name and payload in the first form", () => {
    const preimage = Buffer.concat([bytes("01000008"), Buffer.from(":app-id:"), bytes("deadbeef")]);
    expect(hex(eventDigestV1("app-id", bytes("deadbeef")))).toBe(hash("sha384", preimage, "hex"));
  });

  it("is SHA-384 of canonical JSON in the second form", () => {
    const preimage = '{"name":"compose-hash","payload":"abcd","type":134217729}';
    expect(hex(eventDigestV2("compose-hash", bytes("abcd")))).toBe(hash("sha384", preimage, "hex"));
  });

  // RFC 8785, 3.2.2.2: short escapes where JSON has them, \u00xx in lower case otherwise, everything else as it is.
  it("escapes as RFC 8785 does", () => {
    const preimage = Buffer.from(
      eventPreimageV2('\b\f\n\r\t\u0001\u001f"\\/\u007f\u2028é', new Uint8Array()),
    ).toString();
    expect(preimage).toBe(
      '{"name":"\\b\\f\\n\\r\\t\\u0001\\u001f\\"\\\\/\u007f\u2028é","payload":"","type":134217729}',
    );
  });

  it.skipIf(dstackVectors === undefined)("is the known one", () => {
    for (const { version, event, payload, preimage, digest } of dstackVectors?.event_digests ?? []) {
      const [preimageOf, digestOf] =
        version === 2 ? [eventPreimageV2, eventDigestV2] : [eventPreimageV1, eventDigestV1];
      expect(hex(preimageOf(event, bytes(payload)))).toBe(preimage);
      expect(hex(digestOf(event, bytes(payload)))).toBe(digest);
    }
  });
});

describe("a register", () => {
  const replayed = (digests: readonly string[], imr = 0) => {
    const log = digests.map((digest) => ({ imr, event_type: 4, digest, event: "", event_payload: "" }));
    return hex(replayEventLog(parseEventLog(JSON.stringify(log))).rtmr[imr === 0 ? 0 : 1]);
  };

  it("is extended with digests padded to its length", () => {
    const first = hash("sha384", Buffer.concat([Buffer.alloc(48), Buffer.alloc(32, 7), Buffer.alloc(16)]), "buffer");
    const second = hash("sha384", Buffer.concat([first, Buffer.alloc(48, 9)]), "hex");
    expect(replayed(["07".repeat(32), "09".repeat(48)], 1)).toBe(second);
  });

  it.skipIf(dstackVectors === undefined)("replays to the known values", () => {
    for (const { digests, expected } of dstackVectors?.replay_units ?? []) expect(replayed(digests)).toBe(expected);
  });
});
