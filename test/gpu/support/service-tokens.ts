import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { NOW } from "./authority.ts";

/** Signs tokens as the attestation service does. */
export interface TokenSigner {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
}

type Claims = Readonly<Record<string, unknown>>;

export const ISSUER = "https://nras.example";

export function makeTokenSigner(kid = "nv-eat-kid-1", namedCurve = "P-384"): TokenSigner {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve });
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: "jwk" });
  return { kid, privateKey, jwk: { kid, kty, crv, x, y, use: "sig" } };
}

const base64url = (text: string): string => Buffer.from(text, "utf8").toString("base64url");

export interface TokenOptions {
  readonly header?: Claims;
  readonly hash?: string;
}

/** A compact token. Members of `header` that are undefined are left out. */
export function makeToken(signer: TokenSigner, claims: Claims, options: TokenOptions = {}): string {
  const { header = {}, hash = "sha384" } = options;
  const head = base64url(JSON.stringify({ kid: signer.kid, alg: "ES384", ...header }));
  const signed = `${head}.${base64url(JSON.stringify(claims))}`;
  const signature = sign(hash, Buffer.from(signed), { key: signer.privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

const TIMES = { iss: ISSUER, iat: NOW - 10, nbf: NOW - 130, exp: NOW + 3590 };

/** Claims of one GPU, all as they should be, in the service's version 3.0. */
export function gpuClaims(nonce: Uint8Array, ueid: string): Claims {
  const chain = {
    "x-nvidia-cert-status": "valid",
    "x-nvidia-cert-ocsp-status": "good",
    "x-nvidia-cert-revocation-reason": null,
  };
  return {
    ...TIMES,
    eat_nonce: Buffer.from(nonce).toString("hex"),
    ueid,
    measres: "success",
    secboot: true,
    dbgstat: "disabled",
    hwmodel: "GH100 A01 GSP BROM",
    oemid: "5703",
    "x-nvidia-attestation-warning": null,
    "x-nvidia-gpu-arch-check": true,
    "x-nvidia-gpu-attestation-report-parsed": true,
    "x-nvidia-gpu-attestation-report-nonce-match": true,
    "x-nvidia-gpu-attestation-report-signature-verified": true,
    "x-nvidia-gpu-attestation-report-cert-chain": chain,
    "x-nvidia-gpu-attestation-report-cert-chain-fwid-match": true,
    "x-nvidia-gpu-driver-rim-fetched": true,
    "x-nvidia-gpu-driver-rim-schema-validated": true,
    "x-nvidia-gpu-driver-rim-signature-verified": true,
    "x-nvidia-gpu-driver-rim-version-match": true,
    "x-nvidia-gpu-driver-rim-cert-chain": chain,
    "x-nvidia-gpu-driver-rim-measurements-available": true,
    "x-nvidia-gpu-vbios-rim-fetched": true,
    "x-nvidia-gpu-vbios-rim-schema-validated": true,
    "x-nvidia-gpu-vbios-rim-signature-verified": true,
    "x-nvidia-gpu-vbios-rim-version-match": true,
    "x-nvidia-gpu-vbios-rim-cert-chain": chain,
    "x-nvidia-gpu-vbios-rim-measurements-available": true,
    "x-nvidia-gpu-vbios-index-no-conflict": true,
  };
}

/** The overall claims for these parts. */
export function overallClaims(nonce: Uint8Array, parts: Readonly<Record<string, string>>): Claims {
  const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
  return {
    ...TIMES,
    sub: "NVIDIA-PLATFORM-ATTESTATION",
    jti: "1",
    "x-nvidia-ver": "3.0",
    "x-nvidia-overall-att-result": true,
    eat_nonce: Buffer.from(nonce).toString("hex"),
    submods: Object.fromEntries(
      Object.entries(parts).map(([name, text]) => [name, ["DIGEST", ["SHA-256", digest(text)]]]),
    ),
  };
}
