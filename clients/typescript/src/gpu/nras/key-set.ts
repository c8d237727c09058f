import { DerError } from "../../der/index.ts";
import { equalBytes } from "../../transcript/equal-bytes.ts";
import { CheckFailure } from "../../verdict/index.ts";
import { type Certificate, parseCertificate } from "../../x509/index.ts";
import { decodeBase64, decodeBase64Url } from "../base64.ts";
import { type JsonObject, jsonObject, parseJson } from "../json.ts";

/** A key tokens may be signed with. */
export interface TokenKey {
  /** P-384, uncompressed. */
  readonly point: Uint8Array;
  /** The certificate the set gives for it, if it does. */
  readonly certificate: Certificate | undefined;
}

/** Largest key set that is read. Characters. */
const MAX_TEXT = 256 * 1024;
const MAX_KEYS = 64;
const MAX_CERTIFICATE_TEXT = 16 * 1024;

/**
 * The P-384 keys of a JWK set (RFC 7517) by their id. Keys of other kinds are passed over: they verify nothing.
 *
 * @param jwks JSON text, or what it parses to; its origin is the caller's to trust
 * @throws CheckFailure, malformed
 */
export function parseKeySet(jwks: unknown): ReadonlyMap<string, TokenKey> {
  const set = jsonObject(typeof jwks === "string" ? parseJson(jwks, MAX_TEXT, "key set") : jwks, "key set");
  const list = set["keys"];
  if (!Array.isArray(list)) throw CheckFailure.malformed("key set: no keys");
  if (list.length > MAX_KEYS) throw CheckFailure.malformed(`key set: more than ${MAX_KEYS} keys`);
  const keys = new Map<string, TokenKey>();
  for (const [index, item] of list.entries()) {
    const name = `key ${index}`;
    const jwk = jsonObject(item, name);
    const { kid, kty, crv, use = "sig", alg = "ES384" } = jwk;
    if (kty !== "EC" || (crv !== undefined && crv !== "P-384") || use !== "sig" || alg !== "ES384") continue;
    if (typeof kid !== "string") throw CheckFailure.malformed(`${name}: no id`);
    if (keys.has(kid)) throw CheckFailure.malformed(`${name}: another key has its id`);
    keys.set(kid, tokenKey(jwk, name));
  }
  return keys;
}

/** The key by its coordinates, by its certificate, or by both if they agree. */
function tokenKey(jwk: JsonObject, name: string): TokenKey {
  const certificate = certificateOf(jwk["x5c"], name);
  const certified = certificate?.publicKey.ec;
  if (certificate !== undefined && certified?.curve !== "P-384") {
    throw CheckFailure.malformed(`${name}: its certificate is for a key of another kind`);
  }
  const point = pointOf(jwk, name) ?? certified?.point;
  if (point === undefined) throw CheckFailure.malformed(`${name}: neither coordinates nor certificate`);
  if (certified !== undefined && !equalBytes(point, certified.point)) {
    throw CheckFailure.malformed(`${name}: its coordinates and its certificate are of different keys`);
  }
  return { point, certificate };
}

function pointOf({ x, y }: JsonObject, name: string): Uint8Array | undefined {
  if (x === undefined && y === undefined) return undefined;
  const [left, right] = [x, y].map((value) => (typeof value === "string" ? decodeBase64Url(value) : undefined));
  if (left?.length !== 48 || right?.length !== 48) {
    throw CheckFailure.malformed(`${name}: its coordinates are not 48 bytes in base64url`);
  }
  return Uint8Array.of(0x04, ...left, ...right);
}

/** RFC 7517, 4.7: the first certificate is for the key. Base64, not base64url. */
function certificateOf(chain: unknown, name: string): Certificate | undefined {
  if (chain === undefined) return undefined;
  const [first]: readonly unknown[] = Array.isArray(chain) ? chain : [];
  const der = typeof first === "string" && first.length <= MAX_CERTIFICATE_TEXT ? decodeBase64(first) : undefined;
  if (der === undefined) throw CheckFailure.malformed(`${name}: its certificate is not base64`);
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof DerError) throw CheckFailure.malformed(`${name}: its certificate: ${error.message}`);
    throw error;
  }
}
