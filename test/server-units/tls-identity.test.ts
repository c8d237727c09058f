import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificatePem } from "@countersign/client/x509";
import { afterAll, describe, expect, it } from "vitest";
import { basicConstraints, buildCertificate, distinguishedName, randomSerial } from "../../src/certificates/index.ts";
import { loadCertificatePublicKey, loadTlsIdentity } from "../../src/server/index.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-identity-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
let files = 0;

function write(text: string): string {
  const path = join(folder, `${++files}.pem`);
  writeFileSync(path, text);
  return path;
}

/** Paths of a certificate for a key and of the key. */
function issued({ privateKey, publicKey }: KeyPair): {
  readonly certificate: string;
  readonly key: string;
  readonly spki: Uint8Array;
} {
  const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
  const name = distinguishedName({ commonName: "gateway.example" });
  const certificate = buildCertificate({
    serial: randomSerial(),
    issuerName: name,
    subjectName: name,
    notBefore: Date.UTC(2026, 0, 1) / 1000,
    notAfter: Date.UTC(2036, 0, 1) / 1000,
    publicKeySpkiDer: spki,
    extensions: [basicConstraints({ ca: false })],
    signer: { privateKey: authority.privateKey, hash: "sha256" },
  });
  return {
    certificate: write(certificatePem(certificate)),
    key: write(privateKey.export({ format: "pem", type: "pkcs8" }).toString()),
    spki,
  };
}

describe("a configured TLS certificate", () => {
  it("is loaded with the key that callers see in it", () => {
    const { certificate, key, spki } = issued(generateKeyPairSync("ec", { namedCurve: "P-256" }));
    expect(loadTlsIdentity(certificate, key).publicKey).toEqual(spki);
  });

  it("is refused with a key that keysets cannot publish: their readers would refuse the whole keyset", () => {
    const keys: KeyPair[] = [
      generateKeyPairSync("rsa", { modulusLength: 2048 }),
      generateKeyPairSync("ec", { namedCurve: "P-384" }),
    ];
    for (const { certificate, key } of keys.map(issued)) {
      expect(() => loadTlsIdentity(certificate, key)).toThrow("the TLS certificate's key is not on the curve P-256");
    }
  });

  it("is refused with a key that is not its own", () => {
    const [one, other] = [1, 2].map(() => issued(generateKeyPairSync("ec", { namedCurve: "P-256" })));
    expect(() => loadTlsIdentity(one?.certificate ?? "", other?.key ?? "")).toThrow("does not belong to");
  });

  it("of a terminator in front may have a key of any kind", () => {
    const { certificate, spki } = issued(generateKeyPairSync("rsa", { modulusLength: 2048 }));
    expect(loadCertificatePublicKey(certificate)).toEqual(spki);
  });
});
