import { hash } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { secp256k1 as noble } from "@noble/curves/secp256k1.js";
import { describe, expect, it } from "vitest";
import {
  KeyAlgorithm,
  KeyRole,
  KeySourceKind,
  KeysetSchema,
} from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import {
  eip191Digest,
  generatedKeySource,
  type HeldRole,
  type KeySource,
  keyId,
  loadSigningKeys,
  type SigningAlgorithm,
  secp256k1,
  verifyText,
} from "../../src/signing/index.ts";
import { seededRandom } from "../support/seeded-random.ts";

const NOW = 1_767_225_600_000;

/** A source that hands out fixed secrets, by default all different. */
function source(secrets: Partial<Record<`${HeldRole}/${SigningAlgorithm}`, Uint8Array>> = {}): KeySource {
  let next = 1;
  return {
    kind: KeySourceKind.GENERATED,
    key: async (role, algorithm) => ({
      secret: secrets[`${role}/${algorithm}`] ?? new Uint8Array(32).fill(next++),
      custodyChain: [Uint8Array.of(next)],
    }),
  };
}

describe("the two implementations of ECDSA", () => {
  const platform = `${process.platform}-${process.arch}`;
  const prebuilt = ["linux-x64", "darwin-arm64", "win32-x64"].includes(platform);
  if (!prebuilt) process.stderr.write(`skipped: there is no native secp256k1 for ${platform} to compare with\n`);

  it.skipIf(!prebuilt)("runs native code where the platform has it", () => {
    expect(secp256k1.implementation).toBe("libsecp256k1");
  });

  it("give the same bytes for 200 random keys and digests, extremes included", () => {
    const random = seededRandom(191);
    const anyBytes = (): Uint8Array => Uint8Array.from({ length: 32 }, () => random.below(256));
    const order = Buffer.from("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", "hex");
    const largest = Buffer.from(order);
    largest[31] = 0x40;
    const one = new Uint8Array(32);
    one[31] = 1;
    // Above the order, which a hash meets once in 2^128 times, the two derive different nonces.
    const digests = [new Uint8Array(32), one, largest];
    const cases: [Uint8Array, Uint8Array][] = [one, largest].flatMap((secret) =>
      digests.map((digest): [Uint8Array, Uint8Array] => [digest, secret]),
    );
    while (cases.length < 200) cases.push([anyBytes(), anyBytes()]);
    const recoveryIds = new Set<number>();
    for (const [digest, secret] of cases) {
      const signature = secp256k1.sign(digest, secret);
      const other = noble.sign(digest, secret, { prehash: false, format: "recovered", lowS: true });
      expect(Buffer.from(signature).toString("hex")).toBe(
        Buffer.concat([other.subarray(1), other.subarray(0, 1)]).toString("hex"),
      );
      recoveryIds.add(signature[64] ?? -1);
    }
    expect(recoveryIds).toEqual(new Set([0, 1]));
  });

  it.each([
    ["zero", new Uint8Array(32)],
    ["the order", Buffer.from("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", "hex")],
    ["31 bytes", new Uint8Array(31).fill(1)],
    ["33 bytes", new Uint8Array(33).fill(1)],
  ])("refuse %s as a secret", async (_name, secret) => {
    expect(() => secp256k1.sign(new Uint8Array(32), secret)).toThrow();
    await expect(loadSigningKeys(source({ "stream/secp256k1": secret }))).rejects.toThrow();
  });
});

describe("loadSigningKeys", () => {
  it("publishes every key with its role, algorithm, id and custody, and the digest of just these bytes (G14)", async () => {
    const spki = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");
    const keys = await loadSigningKeys(source(), [spki], NOW);
    expect(Buffer.from(keys.keysetDigest).toString("hex")).toBe(hash("sha256", keys.keyset, "hex"));
    const keyset = fromBinary(KeysetSchema, keys.keyset);
    expect(keyset.source).toBe(KeySourceKind.GENERATED);
    expect(keyset.createdUnixMs).toBe(BigInt(NOW));
    expect(keyset.keys.map(({ role, algorithm }) => [role, algorithm])).toEqual([
      [KeyRole.STREAM, KeyAlgorithm.ED25519],
      [KeyRole.STREAM, KeyAlgorithm.SECP256K1],
      [KeyRole.RESPONSE, KeyAlgorithm.ED25519],
      [KeyRole.RESPONSE, KeyAlgorithm.SECP256K1],
      [KeyRole.ENVELOPE, KeyAlgorithm.X25519],
      [KeyRole.TLS, KeyAlgorithm.P256],
    ]);
    const ids = keyset.keys.map(({ id }) => id);
    expect(ids).toEqual([
      keys.stream.ed25519KeyId,
      keys.stream.ecdsaKeyId,
      keys.response.ed25519KeyId,
      keys.response.ecdsaKeyId,
      keys.envelope.id,
      keyId("tls", "p256", spki),
    ]);
    expect(ids[1]).toBe(`stream-secp256k1-${hash("sha256", keys.stream.ecdsaPublicKey, "hex").slice(0, 16)}`);
    expect(keyset.keys[3]?.value).toEqual(keys.response.ecdsaPublicKey);
    expect(keyset.keys[4]?.value).toEqual(keys.envelope.publicKey);
    expect(Buffer.from(keyset.keys[5]?.value ?? []).equals(spki)).toBe(true);
    expect(keyset.keys[0]?.custodyChain).toHaveLength(1);
    expect(keyset.tlsSpkiDigests.map((digest) => Buffer.from(digest).toString("hex"))).toEqual([
      hash("sha256", spki, "hex"),
    ]);
    expect(keyset.keys.every(({ notBeforeUnixMs }) => notBeforeUnixMs === BigInt(NOW))).toBe(true);
  });

  it("holds no secret in what it publishes", async () => {
    const secret = new Uint8Array(32).fill(0x5a);
    const keys = await loadSigningKeys(source({ "stream/ed25519": secret }));
    expect(Buffer.from(keys.keyset).includes(Buffer.from(secret))).toBe(false);
    expect(JSON.stringify([keys.stream, keys.response])).not.toContain("5a5a5a5a");
    expect(JSON.stringify([keys.stream, keys.response])).not.toContain("90,90,90,90");
  });

  it.each([
    ["two roles", { "stream/ed25519": 9, "response/ed25519": 9 }],
    ["two roles, ECDSA", { "stream/secp256k1": 9, "response/secp256k1": 9 }],
    ["two algorithms of one role", { "stream/secp256k1": 9, "stream/ed25519": 9 }],
    ["two algorithms of two roles", { "stream/secp256k1": 9, "response/ed25519": 9 }],
  ])("refuses one secret for %s (G14)", async (_name, fills) => {
    const secrets = Object.fromEntries(
      Object.entries(fills).map(([name, fill]) => [name, new Uint8Array(32).fill(fill)]),
    );
    await expect(loadSigningKeys(source(secrets))).rejects.toThrow("handed out one key for two roles");
  });

  it.each([0, 31, 33, 64])("refuses an Ed25519 seed of %i bytes", async (length) => {
    await expect(loadSigningKeys(source({ "response/ed25519": new Uint8Array(length).fill(7) }))).rejects.toThrow(
      "32 bytes",
    );
  });

  it("fails if the source fails", async () => {
    const failing: KeySource = { kind: KeySourceKind.GENERATED, key: () => Promise.reject(new Error("no source")) };
    await expect(loadSigningKeys(failing)).rejects.toThrow("no source");
  });
});

describe("generated keys", () => {
  it("stay the same for a pair, differ between pairs and between sources", async () => {
    const one = generatedKeySource();
    const pairs = [
      ["stream", "ed25519"],
      ["stream", "secp256k1"],
      ["response", "ed25519"],
      ["response", "secp256k1"],
    ] as const;
    const first = await Promise.all(pairs.map(([role, algorithm]) => one.key(role, algorithm)));
    const again = await Promise.all(pairs.map(([role, algorithm]) => one.key(role, algorithm)));
    const other = await generatedKeySource().key("stream", "ed25519");
    expect(again.map(({ secret }) => secret)).toEqual(first.map(({ secret }) => secret));
    const all = [...first, other].map(({ secret }) => Buffer.from(secret).toString("hex"));
    expect(new Set(all).size).toBe(5);
    expect(all.every((secret) => secret.length === 64)).toBe(true);
  });
});

describe("verifyText", () => {
  const text = "model:a:b";
  const INVALID_ECDSA = "The ECDSA signature is not valid.";
  const INVALID_ED25519 = "The Ed25519 signature is not valid.";

  it("accepts what the signer made, under each key", async () => {
    const { stream, response } = await loadSigningKeys(source());
    const signature = response.sign(text);
    expect(verifyText([stream, response], text, response.ecdsaKeyId, signature.ecdsa)).toBeUndefined();
    expect(verifyText([stream, response], text, response.ed25519KeyId, signature.ed25519)).toBeUndefined();
  });

  it("refuses another text, role, algorithm or key id", async () => {
    const { stream, response } = await loadSigningKeys(source());
    const { ecdsa, ed25519 } = response.sign(text);
    const both = [stream, response];
    expect(verifyText(both, `${text} `, response.ecdsaKeyId, ecdsa)).toBe(INVALID_ECDSA);
    expect(verifyText(both, `${text} `, response.ed25519KeyId, ed25519)).toBe(INVALID_ED25519);
    expect(verifyText(both, text, stream.ecdsaKeyId, ecdsa)).toBe(INVALID_ECDSA);
    expect(verifyText(both, text, stream.ed25519KeyId, ed25519)).toBe(INVALID_ED25519);
    expect(verifyText(both, text, response.ed25519KeyId, ecdsa)).toBe(INVALID_ED25519);
    expect(verifyText([stream], text, response.ecdsaKeyId, ecdsa)).toBe("The key id names no current signing key.");
    expect(verifyText(both, text, "", ecdsa)).toBe("The key id names no current signing key.");
  });

  it("refuses every signature with one bit changed", async () => {
    const { response } = await loadSigningKeys(source());
    const { ecdsa, ed25519 } = response.sign(text);
    for (const [signature, key, verdict] of [
      [ecdsa, response.ecdsaKeyId, INVALID_ECDSA],
      [ed25519, response.ed25519KeyId, INVALID_ED25519],
    ] as const) {
      for (let at = 0; at < signature.length; at++) {
        const changed = Uint8Array.from(signature);
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
        expect(verifyText([response], text, key, changed), `byte ${at}`).toBe(verdict);
      }
    }
  });

  it("refuses the twin with a high s, another v and other lengths", async () => {
    const { response } = await loadSigningKeys(source());
    const { ecdsa, ed25519 } = response.sign(text);
    const order = noble.Point.Fn.ORDER;
    const s = BigInt(`0x${Buffer.from(ecdsa.subarray(32, 64)).toString("hex")}`);
    const high = Uint8Array.from(ecdsa);
    high.set(Buffer.from((order - s).toString(16).padStart(64, "0"), "hex"), 32);
    high[64] = 55 - (ecdsa[64] ?? 0);
    // It is the same signature to a verifier that allows malleable ones.
    expect(
      noble.verify(high.subarray(0, 64), eip191Digest(text), response.ecdsaPublicKey, { prehash: false, lowS: false }),
    ).toBe(true);
    expect(verifyText([response], text, response.ecdsaKeyId, high)).toBe(INVALID_ECDSA);
    for (const v of [55 - (ecdsa[64] ?? 0), 0, 1, 26, 29, 255]) {
      const other = Uint8Array.from(ecdsa);
      other[64] = v;
      expect(verifyText([response], text, response.ecdsaKeyId, other)).toBe(INVALID_ECDSA);
    }
    for (const length of [0, 63, 64, 66]) {
      const other = new Uint8Array(length);
      other.set(ecdsa.subarray(0, length));
      expect(verifyText([response], text, response.ecdsaKeyId, other)).toBe(INVALID_ECDSA);
      if (length !== 64) expect(verifyText([response], text, response.ed25519KeyId, other)).toBe(INVALID_ED25519);
    }
    expect(verifyText([response], text, response.ed25519KeyId, new Uint8Array(64))).toBe(INVALID_ED25519);
    expect(verifyText([response], text, response.ed25519KeyId, ed25519.subarray(0, 63))).toBe(INVALID_ED25519);
  });

  it("does not look at texts over its limit", async () => {
    const { response } = await loadSigningKeys(source());
    const long = "x".repeat(4097);
    expect(verifyText([response], long, response.ed25519KeyId, response.sign(long).ed25519)).toBe(
      "The text is longer than 4096 characters.",
    );
  });
});
