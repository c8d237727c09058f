import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { CountersignError } from "../../clients/typescript/src/errors/index.ts";
import {
  eip191Digest,
  ethereumAddress,
  parseKeyset,
  parseResponseText,
  verifyEcdsa,
  verifyEd25519,
} from "../../clients/typescript/src/signing/index.ts";
import { requestDigest } from "../../clients/typescript/src/transcript/index.ts";
import { KeyAlgorithm, KeyRole } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { keysetFile, signatureFile, transcriptFile } from "./support/vectors.ts";

describe("signatures of the shared vectors", () => {
  it.each(signatureFile.eip191)("EIP-191 digest of $text", ({ text, digest }) => {
    expect(bytesToHex(eip191Digest(text))).toBe(digest);
  });
  it.each(signatureFile.ecdsa)("ecdsa, $name: $valid", (vector) => {
    expect(verifyEcdsa(hexToBytes(vector.signature), vector.text, hexToBytes(vector.public_key))).toBe(vector.valid);
  });
  it.each(signatureFile.ed25519)("ed25519, $name: $valid", (vector) => {
    expect(verifyEd25519(hexToBytes(vector.signature), vector.text, hexToBytes(vector.public_key))).toBe(vector.valid);
  });
  it.each(signatureFile.addresses)("address $address", ({ public_key, address }) => {
    expect(ethereumAddress(hexToBytes(public_key))).toBe(address);
  });
  it("refuses the address of anything but an uncompressed key", () => {
    expect(() => ethereumAddress(new Uint8Array(65))).toThrow(RangeError);
  });
});

describe("REST texts of the shared vectors", () => {
  it.each(signatureFile.response_texts)("$text", ({ text, parsed }) => {
    const found = parseResponseText(text);
    if (found?.form !== "incomplete") expect(found ?? null).toEqual(parsed);
    else {
      const { bytesSent, ...rest } = found;
      expect({ ...rest, bytes_sent: bytesSent.toString() }).toEqual(parsed);
    }
  });
  it("refuses a lone surrogate, which has no UTF-8 form", () => {
    expect(parseResponseText(`m\ud800:${"a".repeat(64)}:${"b".repeat(64)}`)).toBeUndefined();
  });
});

describe("keysets of the shared vectors", () => {
  it.each(keysetFile.keysets)("$name: $code", ({ bytes, digest, code }) => {
    const parse = () => parseKeyset(hexToBytes(bytes));
    if (code === null) expect(bytesToHex(parse().digest)).toBe(digest);
    else expect(parse).toThrow(expect.objectContaining({ code }));
  });

  it("finds a key by id, role, algorithm and time only", () => {
    const keyset = parseKeyset(hexToBytes(transcriptFile.keyset));
    const at = transcriptFile.verify_at_unix_ms;
    const [key] = keyset.keys;
    if (key === undefined) throw new Error("an empty keyset");
    expect(keyset.find(key.id, key.role, key.algorithm, at)).toEqual(key.value);
    expect(keyset.select(KeyRole.STREAM, KeyAlgorithm.ED25519, at)).toEqual([key.value]);
    expect(keyset.select(KeyRole.STREAM, KeyAlgorithm.ED25519, 0)).toEqual([]);
    expect(() => keyset.find(key.id, KeyRole.RESPONSE, key.algorithm, at)).toThrow(CountersignError);
    expect(() => keyset.find(key.id, key.role, KeyAlgorithm.SECP256K1, at)).toThrow(CountersignError);
    expect(() => keyset.find(`${key.id}0`, key.role, key.algorithm, at)).toThrow(CountersignError);
    expect(() => keyset.find(key.id, key.role, key.algorithm, 0)).toThrow(CountersignError);
  });
});

describe("RFC 8032, section 7.1", () => {
  // Tests 1 and 2: an empty message, and the one byte 0x72, "r". The others are not UTF-8.
  it.each([
    [
      "",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "r",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
  ])("message %j", (message, publicKey, signature) => {
    expect(verifyEd25519(hexToBytes(signature), message, hexToBytes(publicKey))).toBe(true);
    expect(verifyEd25519(hexToBytes(signature), `${message} `, hexToBytes(publicKey))).toBe(false);
  });
});

interface NearFile {
  readonly keys: {
    readonly server: {
      readonly ecdsa: { readonly public_key_uncompressed: string; readonly address_lower_case: string };
      readonly ed25519: { readonly public_key: string };
    };
  };
  readonly signing: { readonly vectors: readonly NearVector[] };
  readonly message_chains: { readonly vectors: readonly (NearVector & NearChain)[] };
}

interface NearVector {
  readonly text: string;
  readonly eip191_digest?: string;
  readonly signature_ecdsa: string;
  readonly signature_ed25519: string;
}

interface NearChain {
  readonly name: string;
  readonly request_body?: string;
  readonly request_sha256: string;
  readonly response_sha256: string;
}

const nearPath = join(process.env["COUNTERSIGN_SHARED_VECTORS"] ?? "../shared/vectors", "near.json");
const hasNear = existsSync(nearPath);
if (!hasNear)
  process.stderr.write(
    `skipped: the known answers of other gateways are not at ${nearPath}; set COUNTERSIGN_SHARED_VECTORS\n`,
  );

describe.skipIf(!hasNear)("known answers of other gateways", () => {
  const near = hasNear ? (JSON.parse(readFileSync(nearPath, "utf8")) as NearFile) : undefined;
  const ecdsaKey = near?.keys.server.ecdsa;
  const vectors = [...(near?.signing.vectors ?? []), ...(near?.message_chains.vectors ?? [])];

  it("derive the address", () => {
    expect(ethereumAddress(hexToBytes(ecdsaKey?.public_key_uncompressed ?? ""))).toBe(ecdsaKey?.address_lower_case);
  });

  it.each(vectors)("$text", (vector) => {
    if (vector.eip191_digest !== undefined) expect(bytesToHex(eip191Digest(vector.text))).toBe(vector.eip191_digest);
    const ecdsa = hexToBytes(vector.signature_ecdsa.replace(/^0x/, ""));
    const ed25519 = hexToBytes(vector.signature_ed25519);
    expect(verifyEcdsa(ecdsa, vector.text, hexToBytes(ecdsaKey?.public_key_uncompressed ?? ""))).toBe(true);
    expect(verifyEd25519(ed25519, vector.text, hexToBytes(near?.keys.server.ed25519.public_key ?? ""))).toBe(true);
    expect(parseResponseText(vector.text)).toBeDefined();
  });

  it.each(near?.message_chains.vectors ?? [])("digests of $name", (vector) => {
    const text = parseResponseText(vector.text);
    expect(text?.request).toBe(vector.request_sha256);
    expect(text?.response).toBe(vector.response_sha256);
    // Where the caller named the digest itself, it is not that of the body.
    if (vector.request_body !== undefined && vector.name !== "x-request-hash override") {
      expect(bytesToHex(requestDigest(new TextEncoder().encode(vector.request_body)))).toBe(vector.request_sha256);
    }
  });
});
