import { ECDH, generateKeyPairSync } from "node:crypto";
import { isP256Point } from "@countersign/client/crypto";
import { expect, test } from "vitest";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

/** SP 800-186, 3.2.1.3. */
const GENERATOR =
  "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
const P = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

/** What OpenSSL makes of the point. */
function opensslAccepts(coordinates: Uint8Array): boolean {
  try {
    ECDH.convertKey(Buffer.concat([Uint8Array.of(4), coordinates]), "prime256v1");
    return true;
  } catch {
    return false;
  }
}

test("the generator is a point", () => {
  expect(isP256Point(bytes(GENERATOR))).toBe(true);
});

test.each([
  ["the origin", "00".repeat(64)],
  ["all ones", "ff".repeat(64)],
  ["another y", `${GENERATOR.slice(0, -2)}f4`],
  ["x and y exchanged", GENERATOR.slice(64) + GENERATOR.slice(0, 64)],
  ["x = p", P + GENERATOR.slice(64)],
  ["63 bytes", GENERATOR.slice(2)],
  ["65 bytes", `00${GENERATOR}`],
  ["nothing", ""],
])("%s is none", (_, text) => {
  expect(isP256Point(bytes(text))).toBe(false);
});

test("keys are points, and OpenSSL agrees about those with one bit changed", () => {
  for (let index = 0; index < 64; index++) {
    const { x = "", y = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
    const point = new Uint8Array(Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]));
    expect(isP256Point(point)).toBe(true);
    point[index] = (point[index] ?? 0) ^ 1;
    expect(isP256Point(point)).toBe(opensslAccepts(point));
  }
});

// x = 5 with a y computed by hand: 5^3 - 15 + b has a root. The same point with p added to x must not pass.
test("coordinates are below p", () => {
  const x = 5n;
  const p = BigInt(`0x${P}`);
  const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
  const square = (x ** 3n - 3n * x + b) % p;
  const y = power(square, (p + 1n) / 4n, p);
  expect((y * y) % p).toBe(square);
  const text = (value: bigint): string => value.toString(16).padStart(64, "0");
  expect(isP256Point(bytes(text(x) + text(y)))).toBe(true);
  expect(isP256Point(bytes(text(x + p) + text(y)))).toBe(false);
});

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n, square = (square * square) % modulus) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
  }
  return result;
}
