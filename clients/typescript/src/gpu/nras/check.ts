import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { crypto } from "../../crypto/index.ts";
import type { Policy } from "../../policy/index.ts";
import { equalBytes } from "../../transcript/equal-bytes.ts";
import { CheckFailure, type Checks } from "../../verdict/index.ts";
import type { Device } from "../device.ts";
import { MAX_DEVICES } from "../device-evidence.ts";
import { uniqueEntityId } from "../device-facts.ts";
import { type JsonObject, jsonObject, parseJson } from "../json.ts";
import { isClaimsVersion, requireGpuClaims, requireNoTrouble } from "./claims.ts";
import { parseKeySet } from "./key-set.ts";
import { MAX_TOKEN, type TokenRules, verifyToken } from "./token.ts";

/** Answer of NVIDIA's attestation service, and what it is judged by. */
export interface ServiceTokens {
  /** `[["JWT", overall], {"GPU-0": token, …}]`, as JSON text or what it parses to. Attacker-controlled. */
  readonly tokens: unknown;
  /** The service's JWK set, fetched by the caller or pinned; as JSON text or what it parses to. */
  readonly jwks: unknown;
  /** The service: the value of `iss`, for example `https://nras.attestation.nvidia.com`. */
  readonly issuer: string;
}

export interface ServiceInput {
  readonly devices: readonly Device[];
  readonly nonce: Uint8Array | undefined;
  readonly tokens: ServiceTokens | undefined;
  readonly policy: Policy;
  readonly now: number;
}

const MAX_TEXT = (MAX_DEVICES + 1) * (MAX_TOKEN + 64);

/** Makes `gpu.nras`: signed tokens of the service for exactly these devices and this nonce say that all is well. */
export async function checkServiceTokens(checks: Checks, input: ServiceInput): Promise<void> {
  const { tokens, nonce } = input;
  if (tokens === undefined) {
    checks.skip("gpu.nras", "there is no token of the attestation service", { required: false });
    return;
  }
  if (nonce === undefined) {
    checks.skip("gpu.nras", "no nonce is given that the service's tokens should be for");
    return;
  }
  await checks.run("gpu.nras", async () => {
    await verifyServiceTokens(tokens, nonce, input);
    return { value: undefined, cause: "the attestation service vouches for every device, for the expected nonce" };
  });
}

async function verifyServiceTokens(
  service: ServiceTokens,
  nonce: Uint8Array,
  { devices, policy, now }: ServiceInput,
): Promise<void> {
  const holdAccepted = policy.gpu.rimSignerHoldAccepted;
  const { overallText, detached } = readTokens(service.tokens);
  const rules: TokenRules = {
    keys: parseKeySet(service.jwks),
    issuer: service.issuer,
    now,
    skewSeconds: policy.clock.skewSeconds,
  };
  const overall = await verifyToken(overallText, "overall token", rules);
  requireNonce(overall, nonce, "overall token");
  const version = overall["x-nvidia-ver"];
  if (!isClaimsVersion(version)) throw new CheckFailure("the claims are of a version that is not known");
  if (overall["sub"] !== "NVIDIA-PLATFORM-ATTESTATION") throw new CheckFailure("the token is about something else");
  if (overall["x-nvidia-overall-att-result"] !== true)
    throw new CheckFailure("the service does not accept the devices");
  requireNoTrouble(overall, "overall token", holdAccepted);
  requireDigests(overall, detached);

  const vouchedFor = new Set<unknown>();
  for (const [name, text] of detached) {
    const claims = await verifyToken(text, name, rules);
    requireNonce(claims, nonce, name);
    requireGpuClaims(claims, name, version, holdAccepted);
    vouchedFor.add(claims["ueid"]);
  }
  // The nonce alone would let another machine's devices be vouched for, which the same caller could have asked about.
  const complete = devices.every((device) => vouchedFor.has(uniqueEntityId(device)));
  if (!complete || detached.size !== devices.length || vouchedFor.size !== devices.length) {
    throw new CheckFailure("the service vouches for other devices than those in the evidence");
  }
}

function readTokens(value: unknown): { overallText: string; detached: ReadonlyMap<string, string> } {
  const list: unknown = typeof value === "string" ? parseJson(value, MAX_TEXT, "service tokens") : value;
  const [first, second, ...rest]: readonly unknown[] = Array.isArray(list) ? list : [];
  const [kind, overallText, ...more]: readonly unknown[] = Array.isArray(first) ? first : [];
  if (kind !== "JWT" || typeof overallText !== "string" || more.length > 0 || rest.length > 0) {
    throw CheckFailure.malformed("service tokens: not a detached EAT of one token and its parts");
  }
  const detached = new Map<string, string>();
  for (const [name, text] of Object.entries(jsonObject(second, "service tokens, parts"))) {
    if (!/^GPU-\d{1,2}$/.test(name) || typeof text !== "string") {
      throw CheckFailure.malformed("service tokens: a part that is not the token of a GPU");
    }
    detached.set(name, text);
  }
  if (detached.size > MAX_DEVICES) throw CheckFailure.malformed(`service tokens: more than ${MAX_DEVICES} parts`);
  return { overallText, detached };
}

function requireNonce(claims: JsonObject, nonce: Uint8Array, what: string): void {
  const stated = claims["eat_nonce"];
  const wellFormed = typeof stated === "string" && /^[0-9A-Fa-f]{64}$/.test(stated);
  if (!wellFormed || !equalBytes(hexToBytes(stated), nonce)) {
    throw new CheckFailure(`${what}: it is for another nonce`, "ask the service anew, with the nonce of the evidence");
  }
}

/** The overall token names each part by the digest of its exact text, and no other part. */
function requireDigests(overall: JsonObject, detached: ReadonlyMap<string, string>): void {
  const named = jsonObject(overall["submods"], "overall token, submods");
  const names = Object.keys(named);
  if (names.length !== detached.size || !names.every((name) => detached.has(name))) {
    throw new CheckFailure("the parts are not those the overall token names");
  }
  for (const [name, text] of detached) {
    const digest = bytesToHex(crypto.digest("sha256", new TextEncoder().encode(text)));
    if (digestOf(named[name]) !== digest) {
      throw new CheckFailure(`${name}: it is not the token the overall token names by its digest`);
    }
  }
}

/** `["DIGEST", ["SHA-256", hex]]`; NVIDIA's own tools write SHA256, too. */
function digestOf(value: unknown): string | undefined {
  const [kind, pair]: readonly unknown[] = Array.isArray(value) ? value : [];
  const [algorithm, digest]: readonly unknown[] = Array.isArray(pair) ? pair : [];
  if (kind !== "DIGEST" || (algorithm !== "SHA-256" && algorithm !== "SHA256")) return undefined;
  return typeof digest === "string" ? digest.toLowerCase() : undefined;
}
