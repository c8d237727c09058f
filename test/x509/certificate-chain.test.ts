import { CheckFailure } from "@countersign/client/verdict";
import { type Certificate, verifyChain } from "@countersign/client/x509";
import { describe, expect, test } from "vitest";
import { basicConstraints, type CertificateExtension, keyUsage } from "../../src/certificates/index.ts";
import { CA, DAY, type Issued, issue, LEAF, NOW } from "./support/issue.ts";

const root = issue("Root", CA);
const middle = issue("Middle", [keyUsage("keyCertSign"), basicConstraints({ ca: true, pathLength: 0 })], root);
const leaf = issue("Leaf", LEAF, middle);
const certificates = (...chain: Issued[]): Certificate[] => chain.map(({ certificate }) => certificate);
const good = certificates(leaf, middle, root);
const roots = [root.certificate.encoded];

const judge = (chain: readonly Certificate[], changes = {}) => verifyChain(chain, { now: NOW, roots, ...changes });
const critical: CertificateExtension = { oid: "1.2.3.4", critical: true, value: Uint8Array.of(5, 0) };

/** leaf under middle under root, with other extensions of the middle one. */
const under = (extensions: readonly CertificateExtension[]) => {
  const other = issue("Middle", extensions, root);
  return certificates(issue("Leaf", LEAF, other), other, root);
};

describe("a chain", () => {
  test("holds", async () => {
    await expect(judge(good)).resolves.toBeUndefined();
    await expect(judge(certificates(issue("Leaf", LEAF, root), root))).resolves.toBeUndefined();
  });

  test("holds to the last second, at both ends", async () => {
    await expect(judge(good, { now: NOW - DAY })).resolves.toBeUndefined();
    await expect(judge(good, { now: NOW + DAY })).resolves.toBeUndefined();
    await expect(judge(good, { now: NOW - DAY - 1 })).rejects.toThrow("certificate 0 (Leaf) is not valid yet");
    await expect(judge(good, { now: NOW + DAY + 1 })).rejects.toThrow("certificate 0 (Leaf) has expired");
  });

  test.each([
    ["an empty chain", [], "fewer than two"],
    ["a root alone", certificates(root), "fewer than two"],
    ["a chain that is not whole", certificates(leaf, middle), "trusted root"],
    ["a chain with a gap", certificates(leaf, root), "names another issuer"],
    ["a root of the same name", certificates(leaf, middle, issue("Root", CA)), "trusted root"],
    ["a middle of the same name", certificates(leaf, issue("Middle", CA, root), root), "does not verify"],
    ["two CAs below one that allows one", pathTooLong(), "fewer certificates below"],
    ["a middle that is no CA", under(LEAF), "not a CA"],
    ["a middle without constraints", under([keyUsage("keyCertSign")]), "not a CA"],
    [
      "a middle that may not sign certificates",
      under([keyUsage("cRLSign"), basicConstraints({ ca: true })]),
      "may not sign",
    ],
    ["a middle without key usage", under([basicConstraints({ ca: true })]), "may not sign"],
    ["a middle with an unknown critical extension", under([...CA, critical]), "1.2.3.4"],
    ["a leaf that is a CA", certificates(issue("Leaf", CA, middle), middle, root), "no CA"],
    [
      "a leaf without constraints",
      certificates(issue("Leaf", [keyUsage("digitalSignature")], middle), middle, root),
      "no CA",
    ],
    [
      "a leaf with an unknown critical extension",
      certificates(issue("Leaf", [...LEAF, critical], middle), middle, root),
      "1.2.3.4",
    ],
    ["an expired middle", expiredMiddle(), "certificate 1 (Middle) has expired"],
  ])("is refused as %s", async (_, chain, message) => {
    await expect(judge(chain)).rejects.toThrow(CheckFailure);
    await expect(judge(chain)).rejects.toThrow(message);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("is refused at %d", async (now) => {
    await expect(judge(good, { now })).rejects.toThrow("not a number");
  });

  test("may have critical extensions that the caller evaluates", async () => {
    const chain = certificates(issue("Leaf", [...LEAF, critical], middle), middle, root);
    await expect(judge(chain, { understood: new Set(["1.2.3.4"]) })).resolves.toBeUndefined();
  });

  test("may have a leaf without constraints where the caller says so", async () => {
    const chain = certificates(issue("Leaf", [keyUsage("digitalSignature")], middle), middle, root);
    await expect(judge(chain, { leafWithoutConstraints: true })).resolves.toBeUndefined();
    const ca = certificates(issue("Leaf", CA, middle), middle, root);
    await expect(judge(ca, { leafWithoutConstraints: true })).rejects.toThrow("no CA");
  });

  test("does not show names that are not plain text", async () => {
    const odd = certificates(issue("Evil\u001b[31m", LEAF, middle), middle, root);
    const failure = await judge(odd, { now: 0 }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect((failure as CheckFailure).message).toBe("certificate 0 is not valid yet");
  });
});

function pathTooLong(): Certificate[] {
  const upper = issue("Upper", [keyUsage("keyCertSign"), basicConstraints({ ca: true, pathLength: 0 })], root);
  const lower = issue("Lower", CA, upper);
  return certificates(issue("Leaf", LEAF, lower), lower, upper, root);
}

function expiredMiddle(): Certificate[] {
  const expired = issue("Middle", CA, root, { notAfter: NOW - 1 });
  return certificates(issue("Leaf", LEAF, expired), expired, root);
}
