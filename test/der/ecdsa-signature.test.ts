import { generateKeyPairSync, sign } from "node:crypto";
import { DerError, ecdsaSignatureFromDer } from "@countersign/client/der";
import { describe, expect, test } from "vitest";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");

describe("an ECDSA signature in DER", () => {
  test("is padded to r and s of the curve's size", () => {
    expect(hex(ecdsaSignatureFromDer(bytes("30 07 02 01 05 02 02 00 80"), 32))).toBe(
      `${"00".repeat(31)}05${"00".repeat(31)}80`,
    );
  });

  test("of full size is what OpenSSL writes in both forms", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    for (let round = 0; round < 20; round++) {
      const der = sign("sha384", Uint8Array.of(round), privateKey);
      const raw = ecdsaSignatureFromDer(new Uint8Array(der), 48);
      expect(raw).toHaveLength(96);
      // OpenSSL turns it back into the same bytes.
      const half = (start: number) => BigInt(`0x${hex(raw.subarray(start, start + 48))}`);
      const text = der.toString("hex");
      expect(text).toContain(half(0).toString(16));
      expect(text).toContain(half(48).toString(16));
    }
    expect(publicKey.asymmetricKeyType).toBe("ec");
  });

  test.each([
    ["r = 0", "30 06 02 01 00 02 01 05"],
    ["s = 0", "30 06 02 01 05 02 01 00"],
    ["a negative r", "30 06 02 01 80 02 01 05"],
    ["an r that is not minimal", "30 07 02 02 00 05 02 01 05"],
    ["an r too long for the curve", `30 26 02 21 01 ${"00".repeat(32)} 02 01 05`],
    ["three numbers", "30 09 02 01 05 02 01 05 02 01 05"],
    ["one number", "30 03 02 01 05"],
    ["a byte behind", "30 06 02 01 05 02 01 05 00"],
    ["nothing", ""],
  ])("is refused with %s", (_, input) => {
    expect(() => ecdsaSignatureFromDer(bytes(input), 32)).toThrow(DerError);
  });
});
