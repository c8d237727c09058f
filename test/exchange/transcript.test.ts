import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkpointText, DIGEST_BYTES, sealText, sha256, Transcript } from "../../src/exchange/index.ts";
import { dualSigner } from "../../src/signing/dual-signer.ts";

interface TestKey {
  readonly id: string;
  readonly secret: string;
}

interface Vector {
  readonly name: string;
  readonly status: string;
  readonly call: { readonly request_payload: string };
  readonly payloads: readonly string[];
  readonly request_digest: string;
  readonly initial_hash: string;
  readonly running_hashes: readonly string[];
  readonly body_digest: string;
  readonly metadata: string;
  readonly signed_text: string;
  readonly ecdsa: { readonly key_id: string; readonly value: string };
  readonly ed25519: { readonly key_id: string; readonly value: string };
  readonly checkpoints: readonly {
    readonly sequence: number;
    readonly text: string;
    readonly ed25519: { readonly value: string };
  }[];
}

/** Made and read by the other implementations of the normative text, one in each language of the clients. */
const file = JSON.parse(readFileSync(new URL("../vectors/transcript.json", import.meta.url), "utf8")) as {
  readonly keys: Readonly<Record<"stream_ecdsa" | "stream_ed25519", TestKey>>;
  readonly transcripts: readonly Vector[];
};

const key = ({ secret }: TestKey) => ({ secret: Buffer.from(secret, "hex"), custodyChain: [] });
const signer = dualSigner("stream", key(file.keys.stream_ecdsa), key(file.keys.stream_ed25519));
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");

/** The payload behind DIGEST_BYTES of something that must not matter. */
function linked(payload: Uint8Array, filler = 0xee): Buffer {
  return Buffer.concat([Buffer.alloc(DIGEST_BYTES, filler), payload]);
}

describe("the vectors", () => {
  it.each(file.transcripts)("$name", (vector) => {
    const transcript = new Transcript(Buffer.from(vector.call.request_payload, "hex"));
    expect(hex(transcript.requestDigest)).toBe(vector.request_digest);
    expect(hex(transcript.runningHash)).toBe(vector.initial_hash);
    const checkpoints = new Map(vector.checkpoints.map((checkpoint) => [checkpoint.sequence, checkpoint]));
    for (const [index, payload] of vector.payloads.entries()) {
      const running = transcript.absorb(linked(Buffer.from(payload, "hex")));
      expect(hex(running)).toBe(vector.running_hashes[index]);
      expect(transcript.count).toBe(index + 1);
      const checkpoint = checkpoints.get(transcript.count);
      if (checkpoint === undefined) continue;
      const text = checkpointText(transcript.requestDigest, transcript.count, transcript.runningHash);
      expect(text).toBe(checkpoint.text);
      expect(hex(signer.signEd25519(text))).toBe(checkpoint.ed25519.value);
    }
    expect(hex(transcript.bodyDigest())).toBe(vector.body_digest);
    const text = sealText(
      vector.status,
      transcript.requestDigest,
      transcript.count,
      transcript.runningHash,
      Buffer.from(vector.metadata, "hex"),
    );
    expect(text).toBe(vector.signed_text);
    const { ecdsa, ed25519 } = signer.sign(text);
    expect([hex(ecdsa), hex(ed25519)]).toEqual([vector.ecdsa.value, vector.ed25519.value]);
    expect([signer.ecdsaKeyId, signer.ed25519KeyId]).toEqual([vector.ecdsa.key_id, vector.ed25519.key_id]);
  });
});

describe("the running hash", () => {
  const payloads = ["one", "", "two", "é✓😀".repeat(5000)].map((text) => Buffer.from(text));

  it("follows the normative text, recomputed here", () => {
    const request = Buffer.from("request");
    const transcript = new Transcript(request);
    const digest = (...parts: readonly (string | Buffer)[]): Buffer =>
      parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
    let running = digest("countersign.stream.v1", Buffer.alloc(1), digest(request));
    for (const payload of payloads) {
      running = digest(running, payload);
      expect(hex(transcript.absorb(linked(payload)))).toBe(hex(running));
    }
    expect(hex(transcript.bodyDigest())).toBe(hex(digest(...payloads)));
    expect(transcript.payloadBytes).toBe(payloads.reduce((sum, { length }) => sum + length, 0));
    expect(hex(sha256(request))).toBe(hex(digest(request)));
  });

  it("commits to boundaries and order; the body digest does not to boundaries", () => {
    const of = (...texts: readonly string[]): Transcript => {
      const transcript = new Transcript(Buffer.alloc(0));
      for (const text of texts) transcript.absorb(linked(Buffer.from(text)));
      return transcript;
    };
    const [together, apart, swapped] = [of("ab"), of("a", "b"), of("b", "a")];
    expect(new Set([together, apart, swapped].map(({ runningHash }) => hex(runningHash))).size).toBe(3);
    expect(hex(together.bodyDigest())).toBe(hex(apart.bodyDigest()));
  });

  it("does not depend on what stood in the space in front of the payload, and leaves the payload alone", () => {
    const [one, two] = [linked(Buffer.from("payload"), 0), linked(Buffer.from("payload"), 0xff)];
    expect(hex(new Transcript(Buffer.alloc(0)).absorb(one))).toBe(hex(new Transcript(Buffer.alloc(0)).absorb(two)));
    expect(one.subarray(DIGEST_BYTES).toString()).toBe("payload");
  });

  it("handed out stays what it was when the next chunk reuses the buffer", () => {
    const transcript = new Transcript(Buffer.alloc(0));
    const buffer = linked(Buffer.from("first"));
    const first = transcript.absorb(buffer);
    const kept = hex(first);
    buffer.fill(0);
    transcript.absorb(buffer);
    expect(hex(first)).toBe(kept);
  });

  it("can be asked for the body digest in between", () => {
    const transcript = new Transcript(Buffer.alloc(0));
    transcript.absorb(linked(Buffer.from("a")));
    expect(hex(transcript.bodyDigest())).toBe(hex(sha256(Buffer.from("a"))));
    transcript.absorb(linked(Buffer.from("b")));
    expect(hex(transcript.bodyDigest())).toBe(hex(sha256(Buffer.from("ab"))));
  });
});
