// Domain parameters of P-256 (SP 800-186, 3.2.1.3): p = 2^256 - 2^224 + 2^192 + 2^96 - 1 and y^2 = x^3 - 3x + b mod p.
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * Whether x ‖ y is a point of P-256. The curve's cofactor is 1, so a point on the curve is one of its group.
 *
 * @param coordinates attacker-controlled; 64 bytes, anything else is no point
 */
export function isP256Point(coordinates: Uint8Array): boolean {
  if (coordinates.length !== 64) return false;
  const x = bigEndian(coordinates.subarray(0, 32));
  const y = bigEndian(coordinates.subarray(32));
  return x < P && y < P && (y * y - (x * x * x - 3n * x + B)) % P === 0n;
}

function bigEndian(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let value = 0n;
  for (let offset = 0; offset < bytes.length; offset += 8) value = (value << 64n) | view.getBigUint64(offset);
  return value;
}
