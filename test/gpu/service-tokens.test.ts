import { parseKeySet, type ServiceTokens, verifyDevices } from "@countersign/client/gpu";
import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import { CheckFailure } from "@countersign/client/verdict";
import { describe, expect, it } from "vitest";
import { DAY, makeAuthority, NOW } from "./support/authority.ts";
import { evidenceOf, makeChain, NONCE, trusting } from "./support/device.ts";
import { causeOf, outcomes } from "./support/outcomes.ts";
import {
  gpuClaims,
  ISSUER,
  makeToken,
  makeTokenSigner,
  overallClaims,
  type TokenOptions,
} from "./support/service-tokens.ts";

type Claims = Readonly<Record<string, unknown>>;

const chain = makeChain();
const second = makeChain();
const signer = makeTokenSigner();
const stranger = makeTokenSigner();
const ueidOf = (serial: Uint8Array): string => BigInt(`0x${Buffer.from(serial).toString("hex")}`).toString();
const CLAIMS = gpuClaims(NONCE, ueidOf(chain[0].serial));
const EVIDENCE = [evidenceOf(chain)];
const OTHER_NONCE = new Uint8Array(32);

interface Answer {
  readonly gpu?: Claims;
  readonly gpuToken?: TokenOptions;
  readonly overall?: Claims;
  readonly overallToken?: TokenOptions;
  /** Parts that are sent, from those that are named. */
  readonly parts?: (parts: Readonly<Record<string, string>>) => Readonly<Record<string, unknown>>;
  /** Parts that are named, from the real ones. */
  readonly named?: (parts: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
}

function answerOf(answer: Answer): unknown {
  const { gpu = {}, overall = {}, parts = (all) => all, named = (all) => all } = answer;
  const real = { "GPU-0": makeToken(signer, { ...CLAIMS, ...gpu }, answer.gpuToken) };
  const claims = { ...overallClaims(NONCE, named(real)), ...overall };
  return [["JWT", makeToken(signer, claims, answer.overallToken)], parts(real)];
}

async function judge(nras: Partial<ServiceTokens>, policy: Policy = trusting(chain), now = NOW) {
  const tokens = { tokens: answerOf({}), jwks: { keys: [signer.jwk] }, issuer: ISSUER, ...nras };
  const input = { devices: EVIDENCE, nonce: NONCE, now, policy, documents: { nras: tokens } };
  const { checks } = await verifyDevices(input);
  return { outcome: outcomes(checks)["gpu.nras"], cause: causeOf(checks, "gpu.nras"), checks };
}

describe("tokens of the attestation service", () => {
  it("vouch for the devices, as text or parsed", async () => {
    expect(await judge({})).toMatchObject({ outcome: "pass" });
    const text = { tokens: JSON.stringify(answerOf({})), jwks: JSON.stringify({ keys: [signer.jwk] }) };
    expect(await judge(text)).toMatchObject({ outcome: "pass" });
    const spelling = answerOf({});
    expect(JSON.stringify(spelling)).not.toContain("SHA256");
  });

  it("vouch in version 2.0, whose claims are flat", async () => {
    const flat = {
      "x-nvidia-gpu-attestation-report-cert-chain": undefined,
      "x-nvidia-gpu-attestation-report-cert-chain-fwid-match": undefined,
      "x-nvidia-gpu-driver-rim-version-match": undefined,
      "x-nvidia-gpu-vbios-rim-version-match": undefined,
      "x-nvidia-gpu-attestation-report-cert-chain-validated": true,
      "x-nvidia-gpu-driver-rim-cert-validated": true,
      "x-nvidia-gpu-vbios-rim-cert-validated": true,
    };
    const overall = { "x-nvidia-ver": "2.0" };
    expect(await judge({ tokens: answerOf({ gpu: flat, overall }) })).toMatchObject({ outcome: "pass" });
    expect(await judge({ tokens: answerOf({ overall }) })).toMatchObject({ outcome: "fail" });
    const unvalidated = { ...flat, "x-nvidia-gpu-driver-rim-cert-validated": false };
    expect(await judge({ tokens: answerOf({ gpu: unvalidated, overall }) })).toMatchObject({ outcome: "fail" });
  });

  it("are optional, and need a nonce to be for", async () => {
    const input = { devices: [evidenceOf(chain)], now: NOW, policy: trusting(chain) };
    const without = await verifyDevices({ ...input, nonce: NONCE });
    expect(outcomes(without.checks)["gpu.nras"]).toBe("skip");
    const nras = { tokens: answerOf({}), jwks: { keys: [signer.jwk] }, issuer: ISSUER };
    const noNonce = await verifyDevices({ ...input, nonce: undefined, documents: { nras } });
    expect(outcomes(noNonce.checks)["gpu.nras"]).toBe("skip, required");
  });

  it.each([
    ["alg none", { overallToken: { header: { alg: "none" } } }, "algorithm is not ES384"],
    ["alg ES256", { overallToken: { header: { alg: "ES256" }, hash: "sha256" } }, "algorithm is not ES384"],
    ["alg HS256 in a part", { gpuToken: { header: { alg: "HS256" } } }, "algorithm is not ES384"],
    ["a critical header", { overallToken: { header: { crit: ["b64"], b64: false } } }, "must be understood"],
    ["an unknown key", { overallToken: { header: { kid: "other" } } }, "not in the key set"],
    ["no key id", { overallToken: { header: { kid: undefined } } }, "not in the key set"],
    ["another hash", { overallToken: { hash: "sha256" } }, "does not verify"],
    ["another issuer", { overall: { iss: "https://nras-staging.example" } }, "another issuer"],
    ["another issuer of a part", { gpu: { iss: undefined } }, "another issuer"],
    ["another nonce", { overall: { eat_nonce: "00".repeat(32) } }, "another nonce"],
    ["another nonce in a part", { gpu: { eat_nonce: "00".repeat(32) } }, "GPU-0: it is for another nonce"],
    ["no nonce in a part", { gpu: { eat_nonce: undefined } }, "GPU-0: it is for another nonce"],
    ["a nonce of another length", { overall: { eat_nonce: "ab" } }, "another nonce"],
    ["an expired part", { gpu: { exp: NOW } }, "GPU-0: it has expired"],
    ["a part issued in the future", { gpu: { iat: NOW + 1 } }, "not valid yet"],
    ["a part not valid yet", { gpu: { nbf: NOW + 1 } }, "not valid yet"],
    ["no expiry", { overall: { exp: undefined } }, "does not state exp"],
    ["an expiry that is no number", { overall: { exp: "9999999999" } }, "does not state exp"],
    ["another subject", { overall: { sub: "x" } }, "something else"],
    ["another version", { overall: { "x-nvidia-ver": "1.0" } }, "version"],
    ["a bad result", { overall: { "x-nvidia-overall-att-result": false } }, "does not accept"],
    ["a result that only looks true", { overall: { "x-nvidia-overall-att-result": "true" } }, "does not accept"],
    ["an error", { overall: { "x-nvidia-error-details": { code: 1 } } }, "states an error"],
    ["no parts named", { overall: { submods: {} } }, "not those the overall token names"],
    ["submods that are none", { overall: { submods: null } }, "submods"],
    [
      "another digest",
      { overall: { submods: { "GPU-0": ["DIGEST", ["SHA-256", "00".repeat(32)]] } } },
      "by its digest",
    ],
    ["another digest algorithm", { overall: { submods: { "GPU-0": ["DIGEST", ["SHA-1", "00"]] } } }, "by its digest"],
    ["a missing part", { parts: () => ({}) }, "not those the overall token names"],
    ["one part more", { parts: (all) => ({ ...all, "GPU-1": all["GPU-0"] }) }, "not those the overall token names"],
    ["a part of another name", { parts: (all) => ({ "GPU-1": all["GPU-0"] }) }, "not those the overall token names"],
    ["a part that is no GPU", { parts: (all) => ({ ...all, __proto: "x" }) }, "not the token of a GPU"],
    ["a part that is no text", { parts: () => ({ "GPU-0": 7 }) }, "not the token of a GPU"],
    ["the token of another device", { gpu: { ueid: ueidOf(second[0].serial) } }, "other devices"],
    ["no device named", { gpu: { ueid: undefined } }, "other devices"],
  ] as readonly (readonly [string, Answer, string])[])("do not with %s", async (_, answer, message) => {
    const { outcome, cause } = await judge({ tokens: answerOf(answer) });
    expect(outcome).toBe("fail");
    expect(cause).toContain(message);
  });

  it("do not without any one claim of theirs", async () => {
    const required = Object.keys(CLAIMS).filter((name) => {
      return /^(x-nvidia-gpu|measres|secboot|dbgstat)/.test(name) && !name.endsWith("schema-validated");
    });
    expect(required).toHaveLength(20);
    for (const name of required) {
      for (const value of [undefined, false]) {
        expect(await judge({ tokens: answerOf({ gpu: { [name]: value } }) }), name).toMatchObject({ outcome: "fail" });
      }
    }
    const schema = "x-nvidia-gpu-driver-rim-schema-validated";
    expect(await judge({ tokens: answerOf({ gpu: { [schema]: undefined } }) })).toMatchObject({ outcome: "pass" });
    expect(await judge({ tokens: answerOf({ gpu: { [schema]: false } }) })).toMatchObject({ outcome: "fail" });
  });

  it("do not with a signature by another key, or with a changed part", async () => {
    const foreign = [["JWT", makeToken(stranger, overallClaims(NONCE, {}))], {}];
    expect((await judge({ tokens: foreign })).cause).toContain("does not verify");
    const text = JSON.stringify(answerOf({}));
    const last = text.lastIndexOf(".") + 5;
    const changed = `${text.slice(0, last)}${text[last] === "A" ? "B" : "A"}${text.slice(last + 1)}`;
    expect((await judge({ tokens: changed })).cause).toContain("by its digest");
    // Named with its digest, a part by a stranger still has to be signed.
    const part = makeToken(stranger, CLAIMS);
    const named = answerOf({ named: () => ({ "GPU-0": part }), parts: () => ({ "GPU-0": part }) });
    expect((await judge({ tokens: named })).cause).toBe("GPU-0: its signature does not verify");
  });

  it("have to be for every device of the evidence", async () => {
    const policy = trusting(chain);
    const roots = [...policy.roots, ...trusting(second).roots];
    const tokens = { tokens: answerOf({}), jwks: { keys: [signer.jwk] }, issuer: ISSUER };
    const { checks } = await verifyDevices({
      devices: [evidenceOf(chain), evidenceOf(second)],
      nonce: NONCE,
      now: NOW,
      policy: { ...policy, roots },
      documents: { nras: tokens },
    });
    expect(causeOf(checks, "gpu.nras")).toContain("other devices");
  });

  it("are one for each device, not two for one", async () => {
    const twice = (all: Readonly<Record<string, string>>) => ({
      "GPU-0": all["GPU-0"] ?? "",
      "GPU-1": all["GPU-0"] ?? "",
    });
    expect((await judge({ tokens: answerOf({ parts: twice, named: twice }) })).cause).toContain("other devices");
  });

  it("follow the policy's clock and its word on signers that are on hold", async () => {
    const skew = trusting(chain, { clock: { skewSeconds: 60 } });
    expect((await judge({ tokens: answerOf({ gpu: { iat: NOW + 30 } }) }, skew)).outcome).toBe("pass");
    expect((await judge({}, trusting(chain), Number.NaN)).outcome).toBe("fail");
    const hold = trusting(chain, { gpu: { ...DEFAULT_POLICY.gpu, rimSignerHoldAccepted: true } });
    const held = {
      "x-nvidia-cert-status": "valid",
      "x-nvidia-cert-ocsp-status": "revoked",
      "x-nvidia-cert-revocation-reason": "certificate_hold",
    };
    const warned = { "x-nvidia-gpu-vbios-rim-cert-chain": held, "x-nvidia-attestation-warning": "on hold" };
    expect((await judge({ tokens: answerOf({ gpu: warned }) })).outcome).toBe("fail");
    expect((await judge({ tokens: answerOf({ gpu: warned }) }, hold)).outcome).toBe("pass");
    expect((await judge({ tokens: answerOf({ gpu: { "x-nvidia-attestation-warning": "x" } }) })).outcome).toBe("fail");
    const device = { "x-nvidia-gpu-attestation-report-cert-chain": held };
    expect((await judge({ tokens: answerOf({ gpu: device }) }, hold)).outcome).toBe("fail");
  });

  it.each([
    ["no JSON", "["],
    ["an object", {}],
    ["one token", ["JWT", "x"]],
    ["another kind", [["CWT", "x"], {}]],
    ["something behind", [["JWT", "x"], {}, {}]],
    ["two parts", [["JWT", "a.b"], {}]],
    ["four parts", [["JWT", "a.b.c.d"], {}]],
    ["padding", [["JWT", "e30=.e30.AA"], {}]],
    ["a header that is no object", [["JWT", "W10.e30.AA"], {}]],
    ["a token too large", [["JWT", `${"A".repeat(33_000)}.e30.AA`], {}]],
    ["too many parts", [["JWT", "x"], Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`GPU-${i}`, "x"]))]],
  ])("are malformed: %s", async (_, tokens) => {
    const { outcome, checks } = await judge({ tokens });
    expect(outcome).toBe("fail");
    expect(checks.malformed).toBe(true);
  });

  it("are for the nonce that is signed, not one beside them", async () => {
    const other = gpuClaims(OTHER_NONCE, ueidOf(chain[0].serial));
    const part = { "GPU-0": makeToken(signer, other) };
    const tokens = [["JWT", makeToken(signer, overallClaims(OTHER_NONCE, part))], part];
    expect((await judge({ tokens })).cause).toContain("another nonce");
  });
});

describe("key sets", () => {
  const certified = (notAfter: number) => {
    const { certificate, privateKey } = makeAuthority({ commonName: "NRAS", role: "leaf", notAfter });
    const x5c = [Buffer.from(certificate).toString("base64")];
    return { signer: { ...signer, privateKey }, jwk: { kid: signer.kid, kty: "EC", use: "sig", x5c } };
  };

  it("give keys by certificate alone, which has to be valid", async () => {
    for (const [notAfter, expected] of [
      [NOW + DAY, "pass"],
      [NOW - 1, "fail"],
    ] as const) {
      const key = certified(notAfter);
      const part = { "GPU-0": makeToken(key.signer, CLAIMS) };
      const tokens = [["JWT", makeToken(key.signer, overallClaims(NONCE, part))], part];
      expect((await judge({ tokens, jwks: { keys: [key.jwk] } })).outcome).toBe(expected);
    }
  });

  it("pass over keys of other kinds", () => {
    const others = [{ kty: "RSA", kid: "a" }, { ...signer.jwk, use: "enc" }, makeTokenSigner("b", "P-256").jwk];
    expect(parseKeySet({ keys: others }).size).toBe(0);
    expect(parseKeySet({ keys: [...others, signer.jwk] }).size).toBe(1);
  });

  it.each([
    ["no object", []],
    ["no list", { keys: {} }],
    ["a key that is none", { keys: [null] }],
    ["no id", { keys: [{ ...signer.jwk, kid: undefined }] }],
    ["one id twice", { keys: [signer.jwk, stranger.jwk] }],
    ["half a point", { keys: [{ ...signer.jwk, y: undefined }] }],
    ["a short coordinate", { keys: [{ ...signer.jwk, y: "AA" }] }],
    ["no key at all", { keys: [{ ...signer.jwk, x: undefined, y: undefined }] }],
    ["a certificate of another key", { keys: [{ ...signer.jwk, x5c: certified(NOW + DAY).jwk.x5c }] }],
    ["a certificate that is none", { keys: [{ ...signer.jwk, x5c: ["AAAA"] }] }],
    ["certificates that are no list", { keys: [{ ...signer.jwk, x5c: "AAAA" }] }],
    ["too many keys", { keys: Array.from({ length: 65 }, (_, index) => ({ ...signer.jwk, kid: String(index) })) }],
  ])("are malformed: %s", (_, jwks) => {
    expect(() => parseKeySet(jwks)).toThrow(CheckFailure);
  });
});
