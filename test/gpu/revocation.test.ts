import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OcspQuestion, parseOcspResponse, verifyDevices, verifyOcspResponse } from "@countersign/client/gpu";
import { createRimVerifier } from "@countersign/client/gpu-rim";
import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import { CheckFailure } from "@countersign/client/verdict";
import { certificatePem, parseCertificate } from "@countersign/client/x509";
import { describe, expect, it } from "vitest";
import { type CertificateExtension, extendedKeyUsage, NO_EXPIRY } from "../../src/certificates/index.ts";
import { der } from "../../src/der/index.ts";
import { type Authority, DAY, makeAuthority, NOW } from "./support/authority.ts";
import { evidenceOf, makeChain, measurementAt, NONCE, trusting } from "./support/device.ts";
import { makeOcspResponse, type ResponseOptions } from "./support/ocsp-response.ts";
import { causeOf, outcomes } from "./support/outcomes.ts";
import { fingerprintOf, makeDocument, makeSigners } from "./support/reference-document.ts";

const OCSP_SIGNING = extendedKeyUsage("1.3.6.1.5.5.7.3.9");
const chain = makeChain();
const [leaf, rom, provisioner, identity, root] = chain;
const SUBJECT = { certificate: rom, issuer: provisioner };
const question: OcspQuestion = {
  certificate: parseCertificate(rom.certificate),
  issuers: [provisioner, identity, root].map(({ certificate }) => parseCertificate(certificate)),
  now: NOW,
};

const delegate = (
  issuer: Authority,
  extensions: readonly CertificateExtension[] = [OCSP_SIGNING],
  notAfter = NOW + DAY,
): Authority => makeAuthority({ commonName: "Responder", issuer, role: "leaf", extensions, notAfter });

async function answer(options: Partial<ResponseOptions>, changes: Partial<OcspQuestion> = {}): Promise<string> {
  try {
    const response = parseOcspResponse(makeOcspResponse({ ...SUBJECT, ...options }));
    return (await verifyOcspResponse(response, { ...question, ...changes })).status;
  } catch (error) {
    if (error instanceof CheckFailure) return error.message;
    throw error;
  }
}

describe("OCSP responses", () => {
  it("are the issuer's, by name or by key", async () => {
    expect(await answer({})).toBe("good");
    expect(await answer({ responderBy: "key" })).toBe("good");
    expect(await answer({ status: "unknown" })).toBe("unknown");
    expect(await answer({ status: { reason: null } })).toBe("revoked");
  });

  it("are those of a responder the issuer authorised", async () => {
    const responder = delegate(provisioner);
    const certificates = [leaf.certificate, responder.certificate];
    expect(await answer({ responder, certificates })).toBe("good");
    expect(await answer({ responder, certificates, responderBy: "key" })).toBe("good");
    const critical = delegate(provisioner, [{ ...OCSP_SIGNING, critical: true }]);
    expect(await answer({ responder: critical, certificates: [critical.certificate] })).toBe("good");
  });

  it.each([
    ["for another purpose", delegate(provisioner, [extendedKeyUsage("1.3.6.1.5.5.7.3.1")]), "not for OCSP"],
    ["without a purpose", delegate(provisioner, []), "not for OCSP"],
    ["of another issuer", delegate(identity), "names another issuer"],
    ["of the certificate in question itself", delegate(rom), "names another issuer"],
    ["that has expired", delegate(provisioner, [OCSP_SIGNING], NOW - DAY), "expired"],
  ])("are not those of a responder %s", async (_, responder, message) => {
    expect(await answer({ responder, certificates: [responder.certificate] })).toContain(message);
  });

  it("are not those of a responder that is not among the certificates", async () => {
    const responder = delegate(provisioner);
    expect(await answer({ responder })).toContain("neither the issuer nor");
    expect(await answer({ responder, certificates: [Uint8Array.of(0x30, 0)] })).toContain("certificate");
  });

  it("are signed by their responder", async () => {
    expect(await answer({ privateKey: leaf.privateKey })).toContain("signature does not verify");
  });

  it("are for the certificate that was asked about", async () => {
    expect(await answer({ serial: leaf.serial })).toContain("another certificate");
    expect(await answer({ hash: "sha256" })).toContain("another certificate");
    expect(await answer({ issuer: identity, responder: provisioner })).toContain("another certificate");
    expect(await answer({ issuerSpki: identity.spki })).toContain("another certificate");
    expect(await answer({ repeat: 2 })).toContain("twice");
  });

  it("repeat the nonce that was sent", async () => {
    const nonce = Uint8Array.of(1, 2, 3);
    expect(await answer({ nonce }, { nonce })).toBe("good");
    expect(await answer({ nonce }, { nonce: Uint8Array.of(1, 2, 4) })).toContain("nonce");
    expect(await answer({}, { nonce })).toContain("nonce");
    expect(await answer({ nonce })).toBe("good");
  });

  it("hold from thisUpdate to nextUpdate, both included", async () => {
    const window = { thisUpdate: NOW - 10, nextUpdate: NOW + 10 };
    expect(await answer(window, { now: NOW - 10 })).toBe("good");
    expect(await answer(window, { now: NOW + 10 })).toBe("good");
    expect(await answer(window, { now: NOW - 11 })).toContain("future");
    expect(await answer(window, { now: NOW + 11 })).toContain("out of date");
    expect(await answer(window, { now: NOW + 11, skewSeconds: 1 })).toBe("good");
    expect(await answer({ producedAt: NOW + 1 })).toContain("future");
    expect(await answer({}, { now: Number.NaN })).not.toBe("good");
  });

  it("without nextUpdate need a nonce", async () => {
    const nonce = Uint8Array.of(9);
    expect(await answer({ nextUpdate: null })).toContain("until when");
    expect(await answer({ nextUpdate: null, nonce }, { nonce })).toBe("good");
  });

  it("that are errors, or have critical extensions nobody knows, are malformed", () => {
    expect(() => parseOcspResponse(makeOcspResponse({ ...SUBJECT, responseStatus: 6 }))).toThrow("refused to answer");
    const unknown = der.sequence(der.oid("1.2.3.4"), der.boolean(true), der.octetString(new Uint8Array()));
    expect(() => parseOcspResponse(makeOcspResponse({ ...SUBJECT, extensions: [unknown] }))).toThrow("critical");
    expect(() => parseOcspResponse(makeOcspResponse({ ...SUBJECT, repeat: 9 }))).toThrow("too many");
    expect(() => parseOcspResponse(new Uint8Array(33 * 1024))).toThrow("too large");
  });
});

describe("revocation of devices", () => {
  const covered = [
    makeOcspResponse({ certificate: rom, issuer: provisioner }),
    makeOcspResponse({ certificate: provisioner, issuer: identity }),
    makeOcspResponse({ certificate: identity, issuer: root }),
  ];
  const judge = async (ocsp: readonly Uint8Array[], policy: Policy = trusting(chain)) => {
    const input = { devices: [evidenceOf(chain)], nonce: NONCE, now: NOW, policy, documents: { ocsp } };
    const { checks } = await verifyDevices(input);
    return { outcome: outcomes(checks)["gpu.ocsp"], cause: causeOf(checks, "gpu.ocsp"), checks };
  };

  it("is not judged without responses, and needs one for every certificate in between", async () => {
    expect((await judge([])).outcome).toBe("skip");
    expect(await judge(covered)).toMatchObject({ outcome: "pass", cause: expect.stringContaining("nextUpdate") });
    for (const missing of [0, 1, 2]) {
      expect(await judge(covered.toSpliced(missing, 1))).toMatchObject({
        outcome: "fail",
        cause: `device 0: there is no OCSP response for certificate ${missing + 1}`,
      });
    }
  });

  it.each([
    ["revoked", { reason: 1 }],
    ["revoked", { reason: null }],
    ["unknown", "unknown"],
    ["on hold", { reason: 6 }],
  ] as const)("fails for one that is %s (%o), whatever the policy says of signers", async (word, status) => {
    const bad = makeOcspResponse({ certificate: provisioner, issuer: identity, status });
    const policy = trusting(chain, { gpu: { ...DEFAULT_POLICY.gpu, rimSignerHoldAccepted: true } });
    const { outcome, cause } = await judge(covered.with(1, bad), policy);
    expect(outcome).toBe("fail");
    expect(cause).toContain(word);
    // A good answer beside a bad one hides nothing, in either order.
    expect((await judge([...covered, bad], policy)).outcome).toBe("fail");
    expect((await judge([bad, ...covered], policy)).outcome).toBe("fail");
  });

  it("fails for what cannot be read, and for too much", async () => {
    const garbage = await judge([...covered, Uint8Array.of(1, 2, 3)]);
    expect(garbage.outcome).toBe("fail");
    expect(garbage.checks.malformed).toBe(true);
    expect((await judge(Array.from({ length: 257 }, () => covered).flat())).outcome).toBe("fail");
  });

  it("covers the signers of reference documents, whose hold a policy may accept", async () => {
    const signers = makeSigners();
    const [signer, first, second, rimRoot] = signers;
    const resources = [{ index: 7, values: [measurementAt(7)] }];
    const document = makeDocument({ version: "550.90.07", resources, signers });
    const rimVerifier = createRimVerifier({ roots: [fingerprintOf(rimRoot)] });
    const judgeBoth = async (ocsp: readonly Uint8Array[], holdAccepted: boolean) => {
      const policy = trusting(chain, { gpu: { ...DEFAULT_POLICY.gpu, rimSignerHoldAccepted: holdAccepted } });
      const documents = { ocsp, rim: [{ component: "driver" as const, document }] };
      const input = { devices: [evidenceOf(chain)], nonce: NONCE, now: NOW, policy, documents, rimVerifier };
      return outcomes((await verifyDevices(input)).checks)["gpu.ocsp"];
    };
    const good = [
      ...covered,
      makeOcspResponse({ certificate: first, issuer: second }),
      makeOcspResponse({ certificate: second, issuer: rimRoot }),
    ];
    const ofSigner = (status: NonNullable<ResponseOptions["status"]>) =>
      makeOcspResponse({ certificate: signer, issuer: first, status });
    expect(await judgeBoth([...good, ofSigner("good")], false)).toBe("pass");
    expect(await judgeBoth(good, false)).toBe("fail");
    expect(await judgeBoth([...good, ofSigner({ reason: 6 })], false)).toBe("fail");
    expect(await judgeBoth([...good, ofSigner({ reason: 6 })], true)).toBe("pass");
    expect(await judgeBoth([...good, ofSigner({ reason: 1 })], true)).toBe("fail");
    expect(await judgeBoth([...good, ofSigner("unknown")], true)).toBe("fail");
  });
});

function opensslIsThere(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    process.stderr.write("skipped: openssl is not installed, so no foreign responder\n");
    return false;
  }
}

describe.skipIf(!opensslIsThere())("a response by OpenSSL", () => {
  it("holds, and shows a revocation", async () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-ocsp-"));
    try {
      const responder = delegate(provisioner, [OCSP_SIGNING], NO_EXPIRY);
      const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
      const run = (...options: readonly string[]): void => {
        execFileSync("openssl", ["ocsp", ...options], { cwd: folder, stdio: "pipe", timeout: 10_000 });
      };
      write("subject.pem", certificatePem(rom.certificate));
      write("issuer.pem", certificatePem(provisioner.certificate));
      write("responder.pem", certificatePem(responder.certificate));
      write("responder.key", responder.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
      const serial = Buffer.from(rom.serial).toString("hex").toUpperCase();
      const ask = async (row: string) => {
        write("index.txt", row);
        run("-sha384", "-issuer", "issuer.pem", "-cert", "subject.pem", "-reqout", "request.der");
        run(
          ...["-index", "index.txt", "-CA", "issuer.pem", "-rsigner", "responder.pem", "-rkey", "responder.key"],
          ...["-rmd", "sha384", "-reqin", "request.der", "-respout", "response.der", "-ndays", "1"],
        );
        const response = parseOcspResponse(new Uint8Array(readFileSync(join(folder, "response.der"))));
        // OpenSSL answers by the machine's clock.
        return { response, answer: await verifyOcspResponse(response, { ...question, now: response.producedAt + 60 }) };
      };
      const valid = await ask(`V\t491231235959Z\t\t${serial}\tunknown\t/CN=x\n`);
      const revoked = await ask(`R\t491231235959Z\t240101000000Z,keyCompromise\t${serial}\tunknown\t/CN=x\n`);
      expect(valid.answer.status).toBe("good");
      expect(valid.response.nonce).toHaveLength(16);
      expect(revoked.answer).toMatchObject({ status: "revoked", reason: 1 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
