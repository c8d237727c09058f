import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { CryptoProvider, EcdsaInput, EllipticCurve, HashAlgorithm } from "@countersign/client/crypto";
import { describe, expect, test } from "vitest";
import { crypto as nodeCrypto } from "../../clients/typescript/src/crypto/node-crypto.ts";
import { crypto as webCrypto } from "../../clients/typescript/src/crypto/web-crypto.ts";

const PROVIDERS: readonly [string, CryptoProvider][] = [
  ["node:crypto", nodeCrypto],
  ["WebCrypto", webCrypto],
];
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** 0x04 ‖ x ‖ y. */
function pointOf(key: KeyObject): Uint8Array {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return new Uint8Array(Buffer.concat([Uint8Array.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]));
}

function signed(curve: EllipticCurve, hash: HashAlgorithm): EcdsaInput {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
  const message = utf8("to be signed");
  const signature = new Uint8Array(sign(hash, message, { key: privateKey, dsaEncoding: "ieee-p1363" }));
  return { curve, hash, publicKey: pointOf(publicKey), message, signature };
}

/** RFC 6979, A.2.5 and A.2.6: the message "sample". */
const RFC6979_P256: EcdsaInput = {
  curve: "P-256",
  hash: "sha256",
  publicKey: bytes(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
  ),
  message: utf8("sample"),
  signature: bytes(
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
  ),
};
const RFC6979_P384: EcdsaInput = {
  curve: "P-384",
  hash: "sha384",
  publicKey: bytes(
    "04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc138015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720",
  ),
  message: utf8("sample"),
  signature: bytes(
    "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe4699ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8",
  ),
};

describe.each(PROVIDERS)("%s", (_, provider) => {
  test("hashes the parts one after the other", () => {
    // FIPS 180-4, the example "abc".
    expect(hex(provider.digest("sha256", utf8("a"), utf8(""), utf8("bc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    for (const algorithm of ["sha256", "sha384", "sha512"] as const) {
      const expected = createHash(algorithm).update("one").update("two").digest("hex");
      expect(hex(provider.digest(algorithm, utf8("onetwo")))).toBe(expected);
      expect(hex(provider.digest(algorithm, utf8("one"), utf8("two")))).toBe(expected);
      expect(hex(provider.digest(algorithm))).toBe(createHash(algorithm).digest("hex"));
    }
  });

  test.each([RFC6979_P256, RFC6979_P384])("verifies the known answers of RFC 6979: $curve", async (input) => {
    expect(await provider.verifyEcdsa(input)).toBe(true);
    expect(await provider.verifyEcdsa({ ...input, message: utf8("sample.") })).toBe(false);
    expect(await provider.verifyEcdsa({ ...input, hash: "sha512" })).toBe(false);
  });

  test.each(["P-256", "P-384"] as const)("says no to what is not a signature: %s", async (curve) => {
    const input = signed(curve, "sha256");
    const length = input.signature.length;
    const other = signed(curve, "sha256");
    const zero = new Uint8Array(length);
    const ones = new Uint8Array(length).fill(0xff);
    const wrong: Partial<EcdsaInput>[] = [
      { publicKey: other.publicKey },
      { signature: other.signature },
      { signature: zero },
      { signature: ones },
      // r = 0 with a good s, and the other way round.
      { signature: Uint8Array.from([...zero.subarray(length / 2), ...input.signature.subarray(length / 2)]) },
      { signature: Uint8Array.from([...input.signature.subarray(0, length / 2), ...zero.subarray(length / 2)]) },
      { signature: input.signature.subarray(1) },
      { signature: Uint8Array.from([...input.signature, 0]) },
      { signature: new Uint8Array(0) },
      { publicKey: new Uint8Array(0) },
      { publicKey: input.publicKey.subarray(1) },
      { publicKey: Uint8Array.from([...input.publicKey, 0]) },
      // Compressed, hybrid, infinity.
      { publicKey: Uint8Array.from([2, ...input.publicKey.subarray(1, 1 + length / 2)]) },
      { publicKey: Uint8Array.from([6, ...input.publicKey.subarray(1)]) },
      { publicKey: Uint8Array.of(0) },
      // Off the curve.
      { publicKey: input.publicKey.map((byte, index) => (index === 40 ? byte ^ 1 : byte)) },
      { publicKey: Uint8Array.from([4, ...ones]) },
      { publicKey: Uint8Array.from([4, ...zero]) },
      { curve: curve === "P-256" ? "P-384" : "P-256" },
    ];
    expect(await provider.verifyEcdsa(input)).toBe(true);
    for (const changes of wrong) expect(await provider.verifyEcdsa({ ...input, ...changes })).toBe(false);
  });

  test("verifies many keys, more than are kept", async () => {
    for (let index = 0; index < 70; index++) {
      const input = signed("P-256", "sha256");
      expect(await provider.verifyEcdsa(input)).toBe(true);
      expect(await provider.verifyEcdsa({ ...input, publicKey: RFC6979_P256.publicKey })).toBe(false);
    }
  });

  test("does not keep a key beyond its bytes", async () => {
    const input = signed("P-256", "sha256");
    const publicKey = input.publicKey.slice();
    expect(await provider.verifyEcdsa({ ...input, publicKey })).toBe(true);
    publicKey.set(RFC6979_P256.publicKey);
    expect(await provider.verifyEcdsa({ ...input, publicKey })).toBe(false);
  });
});
