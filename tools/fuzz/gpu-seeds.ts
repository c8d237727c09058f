import { certificatePem } from "@countersign/client/x509";
import { DAY, NOW } from "../../test/gpu/support/authority.ts";
import { evidenceOf, makeChain, measurementAt, NONCE, trusting } from "../../test/gpu/support/device.ts";
import { makeOcspResponse } from "../../test/gpu/support/ocsp-response.ts";
import { fingerprintOf, makeDocument, makeSigners } from "../../test/gpu/support/reference-document.ts";
import { gpuClaims, makeToken, makeTokenSigner } from "../../test/gpu/support/service-tokens.ts";
import { once } from "./seeds.ts";

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64");

/** A device whose evidence is accepted. */
export const device = once(() => {
  const chain = makeChain();
  return { chain, evidence: evidenceOf(chain), policy: trusting(chain), nonce: NONCE, now: NOW };
});

export const reports = once(() => [device().evidence.report]);

export const evidenceLists = once(() => {
  const { report, certificates, architecture } = device().evidence;
  const certificate = base64(certificates.map(certificatePem).join(""));
  const short = { arch: architecture, evidence: "AQID", certificate: base64(certificatePem(Uint8Array.of(0x30, 0))) };
  return [
    [short],
    { nonce: "ab".repeat(32), evidence_list: [short, short], arch: architecture },
    [{ arch: architecture, evidence: base64(report), certificate }],
  ].map((list) => JSON.stringify(list));
});

export const ocspResponses = once(() => {
  const [leaf, certificate, issuer] = device().chain;
  return [
    makeOcspResponse({ certificate, issuer, nonce: NONCE, certificates: [leaf.certificate] }),
    makeOcspResponse({ certificate, issuer, status: { reason: 6 }, responderBy: "key" }),
  ];
});

/** A token of the attestation service, with the key set that verifies it. */
export const serviceToken = once(() => {
  const signer = makeTokenSigner();
  const claims = gpuClaims(NONCE, "1");
  return { token: makeToken(signer, claims), jwks: { keys: [signer.jwk] }, issuer: String(claims["iss"]), now: NOW };
});

/** A reference document with the root its signer is under. */
export const referenceDocument = once(() => {
  const signers = makeSigners({ notAfter: NOW + DAY });
  const resources = [
    { index: 0, values: [measurementAt(0)] },
    { index: 7, active: false, values: [measurementAt(7), measurementAt(8)] },
  ];
  return { document: makeDocument({ version: "1.0", resources, signers }), root: fingerprintOf(signers[3]), now: NOW };
});
