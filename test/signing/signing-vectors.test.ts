import { hash, verify } from "node:crypto";
import { secp256k1 as noble } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { describe, expect, it } from "vitest";
import { dualSigner } from "../../src/signing/dual-signer.ts";
import { ed25519PublicKeyObject } from "../../src/signing/ed25519.ts";
import { eip191Digest, ethereumAddress, responseText, verifyText } from "../../src/signing/index.ts";
import { sharedVectors } from "../support/shared-vectors.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/^0x/, ""), "hex");
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");

/** Keys and answers that other gateways publish: public test keys, never to be used otherwise. */
const ECDSA_SECRET = bytes("ac0974bec39a17e36ba4a6b4d238ff944bacb35e5dc4af0f3347e5873179670f");
const ED25519_SEED = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");

const signer = dualSigner(
  "response",
  { secret: ECDSA_SECRET, custodyChain: [] },
  { secret: ED25519_SEED, custodyChain: [] },
);

describe("one known text", () => {
  const text = `test-model:${"a".repeat(64)}:${"b".repeat(64)}`;

  it("has the known keys, address, digest and signatures", () => {
    expect(hex(signer.ecdsaPublicKey)).toBe(
      "04dbdac57b8af58ecca52cf3a2ba18c9930e9ab24735d700005695ef5d55cd9fde9aba1e3ef0930f669356198f2059bd9eed082ef49bae5d5d5b713f6ba7d58215",
    );
    expect(signer.ecdsaAddress).toBe("0x3ed6ccba6214d782c3f654458e5ece22392c01fd");
    expect(hex(signer.ed25519PublicKey)).toBe("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    expect(hex(eip191Digest(text))).toBe("bc7fdc8b9e3b70ba27913c6c00651564b1ef32f09bcc4c8b8c777eccb9d29b29");
    const { ecdsa, ed25519 } = signer.sign(text);
    expect(hex(ecdsa)).toBe(
      "e7a5cb500052c56dea11c5febc191d604e49824b1638c6cada8a6543aba6bd9c24d5acbbbd988daf18bd19dcfddeab4957dc8fdb47ac6962a9b9dcdf2fc9811b1c",
    );
    expect(hex(ed25519)).toBe(
      "5391b09953b8c78d1984c8b9a40406e7b0d9c454eac9b2d298b9cfb0bad5b38afeeb0adcc043760060d68408793a7190ecaad28c876592368f35f9c4871bad0c",
    );
  });
});

describe("RFC 8032 section 7.1", () => {
  it.each([
    [
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "r",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
  ])("with the seed %s", (seed, publicKey, text, signature) => {
    const known = dualSigner(
      "stream",
      { secret: ECDSA_SECRET, custodyChain: [] },
      { secret: bytes(seed), custodyChain: [] },
    );
    expect(hex(known.ed25519PublicKey)).toBe(publicKey);
    expect(hex(known.signEd25519(text))).toBe(signature);
  });
});

describe("EIP-191", () => {
  it("digests the example of its text form", () => {
    // keccak256("\x19Ethereum Signed Message:\n11Hello World"), as wallets document it.
    expect(hex(eip191Digest("Hello World"))).toBe("a1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2");
  });

  it("counts UTF-8 bytes, not characters", () => {
    expect(hex(eip191Digest("é"))).not.toBe(hex(eip191Digest("e")));
    const prefixed = Buffer.concat([Buffer.from("\x19Ethereum Signed Message:\n4"), Buffer.from("😀")]);
    const { ecdsa } = signer.sign("😀");
    // Independent of the code under test: the address is recovered over a digest of the bytes written out here.
    const digest = keccak_256(prefixed);
    const recovered = noble.Signature.fromBytes(ecdsa.subarray(0, 64))
      .addRecoveryBit((ecdsa[64] ?? 0) - 27)
      .recoverPublicKey(digest);
    expect(ethereumAddress(recovered.toBytes(false))).toBe(signer.ecdsaAddress);
  });
});

interface SigningVector {
  readonly name: string;
  readonly text: string;
  readonly eip191_digest?: string;
  readonly signature_ecdsa: string;
  readonly signature_ed25519: string;
}

interface Chain extends SigningVector {
  readonly request_body?: string;
  readonly response_body: string;
  readonly request_sha256: string;
  readonly response_sha256: string;
}

interface NearFile {
  readonly signing: { readonly vectors: readonly SigningVector[] };
  readonly message_chains: { readonly model_name: string; readonly vectors: readonly Chain[] };
}

const near = sharedVectors<NearFile>("near.json");

describe.skipIf(near === undefined)("answers of another gateway", () => {
  const texts = near?.signing.vectors ?? [];
  const chains = near?.message_chains.vectors ?? [];
  const model = near?.message_chains.model_name ?? "";

  it.each([...texts, ...chains])("$name: both signatures, byte for byte", (vector) => {
    if (vector.eip191_digest !== undefined) expect(hex(eip191Digest(vector.text))).toBe(vector.eip191_digest);
    const { ecdsa, ed25519 } = signer.sign(vector.text);
    expect(`0x${hex(ecdsa)}`).toBe(vector.signature_ecdsa);
    expect(hex(ed25519)).toBe(vector.signature_ed25519);
    expect(verifyText([signer], vector.text, signer.ecdsaKeyId, bytes(vector.signature_ecdsa))).toBeUndefined();
    expect(verifyText([signer], vector.text, signer.ed25519KeyId, bytes(vector.signature_ed25519))).toBeUndefined();
  });

  it.each(chains)("$name: the text over the bodies (G03, G06)", (chain) => {
    const responseDigest = hash("sha256", chain.response_body, "hex");
    expect(responseDigest).toBe(chain.response_sha256);
    const input = {
      model,
      requestDigest: chain.request_sha256,
      responseDigest,
      responseBytes: Buffer.byteLength(chain.response_body),
      status: "complete",
    } as const;
    expect(responseText("model-request-response", input)).toBe(chain.text);
    expect(responseText("request-response", input)).toBe(`${chain.request_sha256}:${responseDigest}`);
  });

  it("hash the request body as received", () => {
    // The others hash something else than the body: a path, concatenated fields, a digest of the caller's choice.
    const bodies = chains.filter(({ name }) => name === "non-stream" || name === "stream");
    expect(bodies).toHaveLength(2);
    for (const { request_body = "", request_sha256 } of bodies)
      expect(hash("sha256", request_body, "hex")).toBe(request_sha256);
  });
});

describe("verification with other libraries", () => {
  it.each(["", "x", "modèle-✓:a:b", "line\nbreak", "x".repeat(4096)])("accepts both signatures over %j", (text) => {
    const { ecdsa, ed25519 } = signer.sign(text);
    expect(ecdsa).toHaveLength(65);
    expect([27, 28]).toContain(ecdsa[64]);
    expect(
      noble.verify(ecdsa.subarray(0, 64), eip191Digest(text), signer.ecdsaPublicKey, { prehash: false, lowS: true }),
    ).toBe(true);
    expect(verify(null, Buffer.from(text), ed25519PublicKeyObject(signer.ed25519PublicKey), ed25519)).toBe(true);
  });
});
