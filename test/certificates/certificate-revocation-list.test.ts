import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  authorityKeyIdentifier,
  buildRevocationList,
  crlNumber,
  distinguishedName,
  keyIdentifier,
  type RevocationListFields,
} from "../../src/certificates/index.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-crl-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const spki = new Uint8Array(createPublicKey(privateKey).export({ type: "spki", format: "der" }));

function build(changes: Partial<RevocationListFields> = {}): Uint8Array {
  return buildRevocationList({
    issuerName: distinguishedName({ commonName: "authority" }),
    thisUpdate: Date.UTC(2026, 0, 1) / 1000,
    nextUpdate: Date.UTC(2050, 0, 1) / 1000,
    revoked: [],
    extensions: [crlNumber(300), authorityKeyIdentifier(keyIdentifier(spki))],
    signer: { privateKey, hash: "sha256" },
    ...changes,
  });
}

/** What OpenSSL's command line says about it; node:crypto reads no CRLs. Undefined where there is no OpenSSL. */
function openssl(crl: Uint8Array): string | undefined {
  const path = join(folder, "list.der");
  writeFileSync(path, crl);
  try {
    return execFileSync("openssl", ["crl", "-inform", "der", "-in", path, "-noout", "-text"], { encoding: "utf8" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    process.stderr.write("skipped: there is no openssl command to read a CRL with\n");
    return undefined;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("a revocation list", () => {
  it("reads as it was written", ({ skip }) => {
    const revoked = [{ serial: Uint8Array.of(0xab, 0xcd), revokedAt: Date.UTC(2026, 0, 2) / 1000 }];
    const text = openssl(build({ revoked }));
    if (text === undefined) return skip("no openssl command");
    expect(text).toContain("Version 2 (0x1)");
    expect(text).toContain("Signature Algorithm: ecdsa-with-SHA256");
    expect(text).toMatch(/Issuer: CN ?= ?authority/);
    expect(text).toContain("Last Update: Jan  1 00:00:00 2026 GMT");
    expect(text).toContain("Next Update: Jan  1 00:00:00 2050 GMT");
    expect(text).toMatch(/X509v3 CRL Number:\s+300\n/);
    expect(text).toMatch(/Serial Number: ABCD\s+Revocation Date: Jan {2}2 00:00:00 2026 GMT/);
  });

  it("leaves out a list of nothing and a next update there is none of", ({ skip }) => {
    const text = openssl(build({ nextUpdate: undefined }));
    if (text === undefined) return skip("no openssl command");
    expect(text).toContain("Next Update: NONE");
    expect(text).toContain("No Revoked Certificates.");
    // After thisUpdate the extensions follow at once: no `30 00` between them.
    expect(hex(build({ nextUpdate: undefined }))).toContain(`${hex(Buffer.from("260101000000Z"))}a0`);
  });

  it("writes dates from 2050 on as GeneralizedTime", () => {
    expect(hex(build())).toContain(
      `170d${hex(Buffer.from("260101000000Z"))}180f${hex(Buffer.from("20500101000000Z"))}`,
    );
  });
});
