import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { gpuNonce, writeBundle } from "@countersign/client/evidence";
import { certificatePem } from "@countersign/client/x509";
import { afterAll, describe, expect, it } from "vitest";
import {
  DeviceEvidenceSchema,
  type Evidence,
  EvidenceSchema,
  GetEvidenceRequestSchema,
  GetEvidenceResponseSchema,
} from "../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import { verifyHelp } from "../../src/cli/verify/index.ts";
import { DAY, NOW } from "../gpu/support/authority.ts";
import { evidenceOf, makeChain, measurementAt } from "../gpu/support/device.ts";
import { makeOcspResponse } from "../gpu/support/ocsp-response.ts";
import { makeDocument, makeSigners } from "../gpu/support/reference-document.ts";
import { gpuClaims, ISSUER, makeToken, makeTokenSigner, overallClaims } from "../gpu/support/service-tokens.ts";
import { ids, type Run, verdictOf, verifyHere, verifyProcess } from "./run-verify.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-verify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64");

const NONCE = new Uint8Array(32).fill(7);
const chain = makeChain();
const [leaf, rom, provisioner, identity, root] = chain;
const trust = ["--root", file("root.pem", certificatePem(root.certificate)), "--allow-simulated"];
const at = ["--at", String(NOW), "--json"];

const { architecture, report, certificates } = evidenceOf(chain, { nonce: NONCE });
const entry = {
  arch: architecture,
  evidence: base64(report),
  certificate: base64(certificates.map(certificatePem).join("")),
};
const list = file("evidence.json", JSON.stringify([entry]));
const hexNonce = Buffer.from(NONCE).toString("hex");
const gpu = (...argv: readonly string[]): Promise<Run> =>
  verifyHere("gpu", list, "--nonce", hexNonce, ...trust, ...at, ...argv);

const responses = [rom, provisioner, identity].map((certificate, index) =>
  file(`${index}.der`, makeOcspResponse({ certificate, issuer: [provisioner, identity, root][index] ?? root })),
);
const ocsp = responses.flatMap((path) => ["--ocsp", path]);

const documentBy = (signers: ReturnType<typeof makeSigners>): Uint8Array =>
  makeDocument({ version: "550.90.07", resources: [{ index: 7, values: [measurementAt(7)] }], signers });
const document = documentBy(makeSigners());
const rimXml = file("driver.xml", document);
const rimJson = file("driver.json", JSON.stringify({ id: "NV_GPU_DRIVER_GH100_550.90.07", rim: base64(document) }));
const STRANGER = "the reference document's signer: the chain does not end in a trusted root";

const tokenSigner = makeTokenSigner();
const jwks = file("jwks.json", JSON.stringify({ keys: [tokenSigner.jwk] }));
function tokensFor(nonce: Uint8Array): string {
  const ueid = BigInt(`0x${Buffer.from(leaf.serial).toString("hex")}`).toString();
  const parts = { "GPU-0": makeToken(tokenSigner, gpuClaims(nonce, ueid)) };
  return JSON.stringify([["JWT", makeToken(tokenSigner, overallClaims(nonce, parts))], parts]);
}
const service = ["--nras", file("nras.json", tokensFor(NONCE)), "--jwks", jwks];

const check = (run: Run, id: string) => verdictOf(run).checks.find((one) => one.id === id);

describe("documents beside device evidence", () => {
  it("are OCSP responses", async () => {
    const run = await verifyProcess("gpu", list, "--nonce", hexNonce, ...trust, ...at, ...ocsp);
    expect([run.status, run.err]).toEqual([0, ""]);
    expect(ids(verdictOf(run), "pass")).toContain("gpu.ocsp");
    const one = await gpu(...ocsp.slice(2));
    expect([one.status, ids(verdictOf(one), "fail")]).toEqual([10, ["gpu.ocsp"]]);
  });

  // Whose root is pinned cannot be chosen here, so that a document was read shows in how it is refused.
  it.each([
    ["XML", rimXml],
    ["the service's JSON", rimJson],
  ])("are reference documents as %s, under NVIDIA's root and no other", async (_, path) => {
    const run = await gpu("--rim-driver", path);
    expect([run.status, ids(verdictOf(run), "fail")]).toEqual([10, ["gpu.rim.driver"]]);
    expect(check(run, "gpu.rim.driver")?.cause).toBe(STRANGER);
    expect(check(run, "gpu.rim.vbios")).toMatchObject({ outcome: "skip", required: false });
    const both = await gpu("--rim-driver", path, "--rim-vbios", path, "--rim-vbios", path);
    expect(ids(verdictOf(both), "fail")).toEqual(["gpu.rim.driver", "gpu.rim.vbios"]);
  });

  it("are reference documents of an expired signer if the policy accepts one", async () => {
    const expired = file("expired.xml", documentBy(makeSigners({ notAfter: NOW - DAY })));
    expect(check(await gpu("--rim-driver", expired), "gpu.rim.driver")?.cause).toContain("has expired");
    const policy = file("expired.yaml", "version: 1\ngpu:\n  rim_signer_expired_accepted: true\n");
    const accepted = check(await gpu("--rim-driver", expired, "--policy", policy), "gpu.rim.driver");
    expect(accepted?.cause).toBe(STRANGER);
  });

  it("are tokens of the attestation service, whose keys somebody vouches for", async () => {
    const run = await gpu(...service, "--nras-issuer", ISSUER);
    expect([run.status, ids(verdictOf(run), "pass").includes("gpu.nras")]).toEqual([0, true]);
    expect(verdictOf(run).notes.join("\n")).toContain(`--jwks are those of ${ISSUER}`);
    const otherIssuer = await gpu(...service);
    expect([otherIssuer.status, ids(verdictOf(otherIssuer), "fail")]).toEqual([10, ["gpu.nras"]]);
    const without = await verifyHere("gpu", list, ...trust, ...at, ...service, "--nras-issuer", ISSUER);
    expect(check(without, "gpu.nras")).toMatchObject({ outcome: "skip", required: true });
  });

  it.each([
    ["gpu.ocsp", ["--ocsp", file("none.der", "hello")]],
    ["gpu.ocsp", ["--ocsp", file("large.der", new Uint8Array(33 * 1024))]],
    ["gpu.rim.driver", ["--rim-driver", file("half.json", "{")]],
    ["gpu.rim.driver", ["--rim-driver", file("empty.json", "{}")]],
    ["gpu.rim.driver", ["--rim-driver", file("spaced.json", JSON.stringify({ rim: `${base64(document)} ` }))]],
    ["gpu.rim.driver", ["--rim-driver", file("inner.json", '{"rim": "AAAA"}')]],
    ["gpu.rim.vbios", ["--rim-vbios", file("empty.xml", "")]],
    ["gpu.rim.vbios", ["--rim-vbios", file("large.xml", " ".repeat(257 * 1024))]],
    ["gpu.nras", ["--jwks", jwks, "--nras", file("half.nras", "[")]],
    ["gpu.nras", ["--jwks", jwks, "--nras", file("large.nras", " ".repeat(3 * 1024 * 1024))]],
    ["gpu.nras", [...service.slice(0, 2), "--jwks", file("keys", "[]")]],
  ])("that cannot be read fail %s as malformed: %j", async (id, argv) => {
    const run = await gpu(...argv);
    expect([run.status, run.err, verdictOf(run).result]).toEqual([30, "", "malformed"]);
    expect(ids(verdictOf(run), "fail")).toContain(id);
  });

  it.each([
    [["--ocsp", join(folder, "absent")], "ENOENT"],
    [["--rim-driver", join(folder, "absent")], "ENOENT"],
    [["--rim-vbios", folder], "is not a file"],
    [service.slice(0, 2), "--nras needs --jwks"],
    [service.slice(2), "--jwks says nothing without --nras"],
    [["--nras-issuer", ISSUER], "--nras-issuer says nothing without --nras"],
    [[...service, "--nras-issuer", "nras.example"], "--nras-issuer is a URL"],
    [[...service, "--jwks", jwks], "--jwks is given twice"],
    [["--nras", join(folder, "absent"), "--jwks", jwks], "ENOENT"],
  ])("are refused as usage: %j", async (argv, message) => {
    const run = await gpu(...argv);
    expect([run.status, run.out]).toEqual([2, ""]);
    expect(run.err).toContain(message);
  });
});

/** Evidence of a gateway whose device is genuine and whose quote is none. */
function messageFor(nonce: Uint8Array): Evidence {
  const keyset = new Uint8Array();
  const gpus = [evidenceOf(chain, { nonce: gpuNonce(nonce, keyset) })].map((one) => ({
    ...one,
    certificates: [...one.certificates],
  }));
  return create(EvidenceSchema, {
    nonce,
    keyset,
    devices: toBinary(DeviceEvidenceSchema, create(DeviceEvidenceSchema, { gpus })),
  });
}
const gpuTrust = ["--gpu-root", ...trust.slice(1)];
const documents = ["--rim-driver", rimJson, ...ocsp];

describe("documents beside a gateway's evidence", () => {
  const evidence = messageFor(NONCE);
  const bundle = file(
    "bundle.json",
    writeBundle({ recordedAt: NOW, source: "here", evidence, nonce: NONCE, connection: undefined }),
  );

  it("count for a bundle, the service's tokens too", async () => {
    const tokens = file("bundle.nras", tokensFor(gpuNonce(NONCE, evidence.keyset)));
    const nras = ["--nras", tokens, "--jwks", jwks, "--nras-issuer", ISSUER];
    const run = await verifyHere("bundle", bundle, ...gpuTrust, "--json", ...documents, ...nras);
    expect(ids(verdictOf(run), "pass")).toEqual(expect.arrayContaining(["gpu.nonce", "gpu.ocsp", "gpu.nras"]));
    expect(check(run, "gpu.rim.driver")).toMatchObject({ outcome: "fail", cause: STRANGER });
    expect(verdictOf(run).notes.join("\n")).toContain("--jwks");
    const without = await verifyHere("bundle", bundle, ...gpuTrust, "--json");
    for (const id of ["gpu.ocsp", "gpu.nras", "gpu.rim.driver"]) {
      expect(check(without, id)).toMatchObject({ outcome: "skip", required: false });
    }
  });

  it("count for a gateway, and are read before it is asked", async () => {
    let asked = 0;
    const server = createServer(async (request: IncomingMessage, response) => {
      asked += 1;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { nonce } = fromBinary(GetEvidenceRequestSchema, Buffer.concat(chunks));
      const answer = create(GetEvidenceResponseSchema, { evidence: messageFor(nonce) });
      response.writeHead(200, { "content-type": "application/proto", connection: "close" });
      response.end(toBinary(GetEvidenceResponseSchema, answer));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const run = await verifyHere(url, ...gpuTrust, ...at, ...documents);
      expect(ids(verdictOf(run), "pass")).toEqual(expect.arrayContaining(["gpu.nonce", "gpu.ocsp"]));
      expect(check(run, "gpu.rim.driver")).toMatchObject({ outcome: "fail", cause: STRANGER });
      expect(asked).toBe(1);
      const unread = await verifyHere(url, ...at, "--rim-vbios", file("unread.json", "{"));
      expect([unread.status, verdictOf(unread).subject, ids(verdictOf(unread), "fail")]).toEqual([
        30,
        "gateway",
        ["gpu.rim.vbios"],
      ]);
      // Its nonce is drawn when it runs, so no token can be for it.
      expect((await verifyHere(url, ...service)).status).toBe(2);
      expect(asked).toBe(1);
    } finally {
      await new Promise((done) => server.close(done));
    }
  });

  it.each(["gpu", "bundle", "url"])("are in the help of %s", async (form) => {
    const out = await verifyHelp(form);
    for (const flag of ["--rim-driver <file>", "--rim-vbios <file>", "--ocsp <file>", "--ocsp 1.der"]) {
      expect(out).toContain(flag);
    }
    expect(out.includes("--nras <file>")).toBe(form !== "url");
  });
});
