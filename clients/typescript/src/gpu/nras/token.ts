import { crypto } from "../../crypto/index.ts";
import { CheckFailure } from "../../verdict/index.ts";
import { decodeBase64Url } from "../base64.ts";
import { type JsonObject, jsonObject, parseJson } from "../json.ts";
import type { TokenKey } from "./key-set.ts";

/** What a token has to satisfy beside its signature. */
export interface TokenRules {
  readonly keys: ReadonlyMap<string, TokenKey>;
  /** Value of `iss`, exactly. */
  readonly issuer: string;
  /** Unix seconds. */
  readonly now: number;
  /** Leeway for clocks. Seconds. */
  readonly skewSeconds: number;
}

/** Largest token that is read. Characters; genuine ones are below 4 KiB. */
export const MAX_TOKEN = 32 * 1024;

/**
 * Verifies a JSON Web Token (RFC 7519) in its compact form: ES384 and nothing else, by a key of the set, from the
 * issuer, valid now.
 *
 * @param text attacker-controlled
 * @param what how to call it in a failure
 * @returns its claims
 * @throws CheckFailure
 */
export async function verifyToken(text: string, what: string, rules: TokenRules): Promise<JsonObject> {
  if (text.length > MAX_TOKEN) throw CheckFailure.malformed(`${what}: too large`);
  const [headerPart, claimsPart, signaturePart, more] = text.split(".", 4);
  if (headerPart === undefined || claimsPart === undefined || signaturePart === undefined || more !== undefined) {
    throw CheckFailure.malformed(`${what}: not three parts`);
  }
  const header = jsonPart(headerPart, `${what}, header`);
  // The header is the sender's word. It may name the key, among those we have, and nothing more.
  if (header["alg"] !== "ES384") throw new CheckFailure(`${what}: its algorithm is not ES384`);
  if (header["crit"] !== undefined) throw new CheckFailure(`${what}: it has header members that must be understood`);
  const { kid } = header;
  const key = typeof kid === "string" ? rules.keys.get(kid) : undefined;
  if (key === undefined) {
    throw new CheckFailure(`${what}: the key it names is not in the key set`, "fetch the service's key set anew");
  }
  const signature = decodeBase64Url(signaturePart);
  if (signature === undefined) throw CheckFailure.malformed(`${what}, signature: not base64url`);
  const holds = await crypto.verifyEcdsa({
    curve: "P-384",
    hash: "sha384",
    publicKey: key.point,
    message: new TextEncoder().encode(`${headerPart}.${claimsPart}`),
    signature,
  });
  if (!holds) throw new CheckFailure(`${what}: its signature does not verify`);
  const claims = jsonPart(claimsPart, `${what}, claims`);
  requireCurrent(claims, key, what, rules);
  return claims;
}

function jsonPart(part: string, what: string): JsonObject {
  const bytes = decodeBase64Url(part);
  if (bytes === undefined) throw CheckFailure.malformed(`${what}: not base64url`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw CheckFailure.malformed(`${what}: not UTF-8`);
  }
  return jsonObject(parseJson(text, MAX_TOKEN, what), what);
}

function requireCurrent(claims: JsonObject, { certificate }: TokenKey, what: string, rules: TokenRules): void {
  const { issuer, now, skewSeconds } = rules;
  if (!Number.isFinite(now)) throw new CheckFailure("the moment of verification is not a number");
  if (claims["iss"] !== issuer) throw new CheckFailure(`${what}: it is from another issuer than the configured one`);
  const [issuedAt, notBefore, expires] = ["iat", "nbf", "exp"].map((name) => {
    const value = claims[name];
    if (typeof value !== "number") throw new CheckFailure(`${what}: it does not state ${name}`);
    return value;
  });
  if (issuedAt === undefined || notBefore === undefined || expires === undefined) return;
  if (Math.max(issuedAt, notBefore) > now + skewSeconds) throw new CheckFailure(`${what}: it is not valid yet`, CLOCK);
  // RFC 7519, 4.1.4: not on the moment of expiry either.
  if (now >= expires + skewSeconds) throw new CheckFailure(`${what}: it has expired`, CLOCK);
  if (certificate !== undefined && (now < certificate.notBefore || now > certificate.notAfter)) {
    throw new CheckFailure(`${what}: the certificate of its key is not valid now`, CLOCK);
  }
}

const CLOCK = "ask for a new token, or verify at the time the evidence was recorded";
