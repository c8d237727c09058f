import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { describe, expect, it } from "vitest";
import {
  type CustodyKey,
  KMS_PURPOSE,
  type KmsBinding,
  kmsReportData,
  recoverCustody,
  verifyCustody,
} from "../../clients/typescript/src/dstack/index.ts";
import { recoverSigner } from "../../clients/typescript/src/dstack/recover-signer.ts";
import { DEFAULT_POLICY } from "../../clients/typescript/src/policy/index.ts";
import { Checks } from "../../clients/typescript/src/verdict/index.ts";
import { dstackVectors } from "./dstack-vectors.ts";
import { bytes, hex } from "./event-log-text.ts";

const secret = (byte: number) => new Uint8Array(32).fill(byte);
const APP_ID = bytes("a1".repeat(20));

/** The service's form: r ‖ s ‖ recovery id. noble's own is recovery id ‖ r ‖ s. */
function sign(message: Uint8Array, key: Uint8Array): Uint8Array {
  const signed = secp256k1.sign(keccak_256(message), key, { prehash: false, format: "recovered" });
  return new Uint8Array([...signed.subarray(1), signed[0] ?? 0]);
}

interface Issue {
  readonly appRoot?: Uint8Array;
  readonly kmsRoot?: Uint8Array;
  readonly appId?: Uint8Array;
  readonly purpose?: string;
}

/** A key as a key management service issues it. */
function issued(
  key: Uint8Array,
  { appRoot = secret(2), kmsRoot = secret(1), appId = APP_ID, purpose = "p" }: Issue = {},
) {
  const compressed = hex(secp256k1.getPublicKey(key, true));
  const root = secp256k1.getPublicKey(appRoot, true);
  return {
    id: "key",
    role: "stream",
    algorithm: "secp256k1",
    publicKey: secp256k1.getPublicKey(key, false),
    purpose: "p",
    custodyChain: [
      sign(Buffer.from(`${purpose}:${compressed}`), appRoot),
      sign(Buffer.concat([Buffer.from("dstack-kms-issued:"), appId, root]), kmsRoot),
    ],
  } satisfies CustodyKey;
}

const KMS_ROOT = hex(secp256k1.getPublicKey(secret(1), true)) ?? "";

interface Subject {
  readonly keys: readonly CustodyKey[];
  readonly roots?: readonly string[] | undefined;
  readonly appId?: Uint8Array | undefined;
  readonly kmsBinding?: KmsBinding;
}

function verify({ keys, kmsBinding, ...rest }: Subject) {
  const roots = "roots" in rest ? rest.roots : [KMS_ROOT];
  const appId = "appId" in rest ? rest.appId : APP_ID;
  const checks = new Checks();
  verifyCustody(checks, { keys, appId, policy: { ...DEFAULT_POLICY, kms: { roots } }, kmsBinding });
  const [custody, binding] = checks.list;
  expect([custody?.id, binding?.id]).toEqual(["key.custody", "kms.binding"]);
  return { custody, binding };
}

describe("key custody", () => {
  const keys = [issued(secret(7)), issued(secret(8))];

  it("holds if every key leads to a pinned root", () => {
    expect(verify({ keys }).custody?.outcome).toBe("pass");
  });

  it("is reported and not judged without a pin, with the root to pin", () => {
    const { custody } = verify({ keys, roots: undefined });
    expect([custody?.outcome, custody?.required]).toEqual(["skip", false]);
    expect(custody?.cause).toContain(KMS_ROOT);
  });

  const chain = keys[0]?.custodyChain ?? [];
  const [first = new Uint8Array(), second = new Uint8Array()] = chain;
  const changed = (signature: Uint8Array, at: number, value: number) => {
    const copy = signature.slice();
    copy[at] = value;
    return copy;
  };
  const other = issued(secret(8));
  it.each<[string, Subject]>([
    ["another root", { keys: [issued(secret(7), { kmsRoot: secret(3) })] }],
    ["no pinned root", { keys, roots: [] }],
    ["no keys", { keys: [] }],
    ["no verified application", { keys, appId: undefined }],
    ["another application", { keys, appId: bytes("a2".repeat(20)) }],
    ["keys of another application", { keys: [issued(secret(7), { appId: bytes("a2".repeat(20)) })] }],
    ["another purpose", { keys: [issued(secret(7)), issued(secret(8), { purpose: "q" })] }],
    ["another purpose of the only key", { keys: [issued(secret(7), { purpose: "q" })] }],
    ["two roots of the application", { keys: [issued(secret(7)), issued(secret(8), { appRoot: secret(4) })] }],
    ["two services", { keys: [issued(secret(7)), issued(secret(8), { kmsRoot: secret(3) })] }],
    ["a key without custody", { keys: [issued(secret(7)), { ...other, custodyChain: [] }] }],
    ["another key's custody", { keys: [issued(secret(7)), { ...other, custodyChain: chain }] }],
    ["no service", { keys: [{ ...other, custodyChain: [first, new Uint8Array()] }] }],
    ["one signature", { keys: [{ ...other, custodyChain: [first] }] }],
    ["three signatures", { keys: [{ ...issued(secret(7)), custodyChain: [first, second, second] }] }],
    ["swapped signatures", { keys: [{ ...issued(secret(7)), custodyChain: [second, first] }] }],
    ["Ethereum's recovery id", { keys: [{ ...issued(secret(7)), custodyChain: [first, changed(second, 64, 27)] }] }],
    ["an unknown algorithm", { keys: [{ ...issued(secret(7)), algorithm: "x25519" }] }],
    ["a point off the curve", { keys: [{ ...issued(secret(7)), publicKey: new Uint8Array(65).fill(4) }] }],
    ["no Ed25519 key", { keys: [{ ...issued(secret(7)), algorithm: "ed25519" }] }],
  ])("does not hold with %s", (_, subject) => {
    expect(verify(subject).custody?.outcome).toBe("fail");
    const unpinned = verify({ ...subject, roots: undefined }).custody;
    expect([unpinned?.outcome, unpinned?.required]).toEqual(["skip", false]);
  });

  it("does not hold with any byte of a signature changed", () => {
    const key = issued(secret(7));
    for (const [which, signature] of chain.entries()) {
      for (let at = 0; at < signature.length; at += 8) {
        const custodyChain = chain.map((kept, index) =>
          index === which ? changed(kept, at, (kept[at] ?? 0) ^ 1) : kept,
        );
        expect(verify({ keys: [{ ...key, custodyChain }] }).custody?.outcome).toBe("fail");
      }
    }
  });

  it("keeps the roles apart", () => {
    expect(KMS_PURPOSE.stream).not.toBe(KMS_PURPOSE.response);
    const response = issued(secret(7), { purpose: KMS_PURPOSE.response });
    expect(verify({ keys: [{ ...response, purpose: KMS_PURPOSE.response }] }).custody?.outcome).toBe("pass");
    expect(verify({ keys: [{ ...response, purpose: KMS_PURPOSE.stream }] }).custody?.outcome).toBe("fail");
  });
});

describe("custody of an X25519 key", () => {
  const seed = secret(9);
  const edwards = ed25519.getPublicKey(seed);
  const [, byRoot = new Uint8Array()] = issued(secret(7)).custodyChain;
  const statement = (publicKey: Uint8Array) => sign(Buffer.from(`p:${hex(publicKey)}`), secret(2));
  const key: CustodyKey = {
    id: "key",
    role: "envelope",
    algorithm: "x25519",
    publicKey: x25519.getPublicKey(ed25519.utils.toMontgomerySecret(seed)),
    purpose: "p",
    custodyChain: [statement(edwards), byRoot, edwards],
  };
  const other = ed25519.getPublicKey(secret(10));
  /** The point with the other sign of x: it has the same Montgomery form. */
  const mirrored = edwards.slice();
  mirrored[31] = (mirrored[31] ?? 0) ^ 0x80;
  const outcome = (changes: Partial<CustodyKey>) => verify({ keys: [{ ...key, ...changes }] }).custody?.outcome;

  it("is that of the Ed25519 key it is the Montgomery form of", () => {
    expect(outcome({})).toBe("pass");
    expect(verify({ keys: [issued(secret(7)), key] }).custody?.outcome).toBe("pass");
  });

  it.each<[string, Partial<CustodyKey>]>([
    ["no Ed25519 key", { custodyChain: [statement(edwards), byRoot] }],
    ["another Ed25519 key", { custodyChain: [statement(other), byRoot, other] }],
    ["the statement of another", { custodyChain: [statement(other), byRoot, edwards] }],
    ["the mirrored point, which nobody vouched for", { custodyChain: [statement(edwards), byRoot, mirrored] }],
    ["its own value in the place of the Ed25519 key", { custodyChain: [statement(edwards), byRoot, key.publicKey] }],
    ["no point", { custodyChain: [statement(edwards), byRoot, new Uint8Array(32).fill(0xff)] }],
    ["a point of small order", { custodyChain: [statement(edwards), byRoot, Uint8Array.of(1, ...new Uint8Array(31))] }],
    ["a fourth element", { custodyChain: [...key.custodyChain, edwards] }],
    ["another value", { publicKey: x25519.getPublicKey(secret(3)) }],
    ["another algorithm", { algorithm: "ed25519", publicKey: edwards }],
  ])("does not hold with %s", (_what, changes) => {
    expect(outcome(changes)).toBe("fail");
  });
});

describe("a signature", () => {
  // r is below the difference of field and group order, so that r and r + order can both be coordinates of a point.
  it("with a recovery id other than 0 and 1 is of another form, even if it fits a key", () => {
    const message = new Uint8Array([1]);
    const fits = Array.from({ length: 64 }, (_, index) => {
      const signature = new Uint8Array(65);
      signature.set([index + 1], 31);
      signature.set([1], 63);
      signature.set([2], 64);
      return signature;
    }).filter((signature) => {
      try {
        const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), "compact").addRecoveryBit(2);
        return parsed.recoverPublicKey(keccak_256(message)) !== undefined;
      } catch {
        return false;
      }
    });
    expect(fits.length).toBeGreaterThan(0);
    for (const signature of fits) expect(recoverSigner(signature, message)).toBeUndefined();
  });
});

describe("the binding of a service's two roots", () => {
  const keys = [issued(secret(7))];
  const caCertificateSpki = bytes("3059".repeat(8));
  const k256Root = secp256k1.getPublicKey(secret(1), true);
  const binding: KmsBinding = { caCertificateSpki, k256Root, reportData: kmsReportData(caCertificateSpki, k256Root) };
  const outcome = (kmsBinding?: KmsBinding) =>
    verify(kmsBinding === undefined ? { keys } : { keys, kmsBinding }).binding?.outcome;

  it("holds if the service attested both, and is skipped without its attestation", () => {
    expect(outcome(binding)).toBe("pass");
    expect(outcome()).toBe("skip");
  });

  it("does not hold for other roots", () => {
    const otherRoot = secp256k1.getPublicKey(secret(3), true);
    const otherReport = kmsReportData(caCertificateSpki, otherRoot);
    expect(outcome({ ...binding, caCertificateSpki: bytes("3058".repeat(8)) })).toBe("fail");
    expect(outcome({ ...binding, k256Root: otherRoot })).toBe("fail");
    expect(outcome({ ...binding, k256Root: otherRoot, reportData: otherReport })).toBe("fail");
    expect(verify({ keys: [], kmsBinding: binding }).binding?.outcome).toBe("fail");
  });

  it("does not hold unless all 64 bytes are the expected ones", () => {
    for (const at of [0, 31, 32, 63]) {
      const reportData = binding.reportData.slice();
      reportData[at] = (reportData[at] ?? 0) ^ 1;
      expect(outcome({ ...binding, reportData })).toBe("fail");
    }
    expect(outcome({ ...binding, reportData: binding.reportData.subarray(0, 32) })).toBe("fail");
  });
});

describe.skipIf(dstackVectors === undefined)("known custody", () => {
  const { kms } = dstackVectors ?? {};

  it("leads to the known roots, for every key", () => {
    for (const service of kms === undefined ? [] : [kms.fixture, kms.synthetic]) {
      const keys = service.derived.map(({ path, algorithm, purpose, public_key, signature_chain }): CustodyKey => {
        const publicKey = bytes(public_key);
        return {
          id: path,
          role: purpose,
          algorithm,
          publicKey: algorithm === "secp256k1" ? secp256k1.Point.fromBytes(publicKey).toBytes(false) : publicKey,
          purpose,
          custodyChain: signature_chain.map(bytes),
        };
      });
      const appId = bytes(service.app_id);
      for (const key of keys) {
        const roots = recoverCustody(key, appId);
        expect(hex(roots?.appRoot)).toBe(service.app_root_public_key);
        expect(hex(roots?.kmsRoot)).toBe(service.kms_root_public_key);
      }
      expect(verify({ keys, appId, roots: [service.kms_root_public_key] }).custody?.outcome).toBe("pass");
    }
  });

  it("attests the service's two roots", () => {
    if (kms === undefined) throw new Error("the vectors are incomplete");
    const { kms_ca_spki, kms_root_public_key, bootstrap_binding } = kms.fixture;
    expect(hex(kmsReportData(bytes(kms_ca_spki), bytes(kms_root_public_key)))).toBe(bootstrap_binding.report_data);
  });

  it("has no other form, and leads to the known wrong keys where it is for something else", () => {
    const app = kms?.fixture.derived.find(
      ({ purpose, algorithm }) => purpose === "test-purpose" && algorithm === "secp256k1",
    );
    if (kms === undefined || app === undefined) throw new Error("the vectors are incomplete");
    const message = Buffer.from(`${app.purpose}:${app.public_key}`);
    const digest = hex(keccak_256(message));
    expect(kms.negatives).toHaveLength(7);
    for (const { name, signature, digest: of, recovers } of kms.negatives) {
      // Messages are known for the digests of these vectors: the good one, or others that the vectors only hash.
      if (of !== digest) continue;
      const expected = name.startsWith("high-s") ? undefined : (recovers ?? undefined);
      expect([name, hex(recoverSigner(bytes(signature), message))]).toEqual([name, expected]);
    }
  });

  it("is refused in every negative", () => {
    if (kms === undefined) throw new Error("the vectors are incomplete");
    const { fixture, negatives } = kms;
    const good = fixture.derived.find(
      ({ purpose, algorithm }) => purpose === "test-purpose" && algorithm === "secp256k1",
    );
    if (good === undefined) throw new Error("the vectors are incomplete");
    const key: CustodyKey = {
      id: "k",
      role: "stream",
      algorithm: "secp256k1",
      publicKey: secp256k1.Point.fromBytes(bytes(good.public_key)).toBytes(false),
      purpose: good.purpose,
      custodyChain: good.signature_chain.map(bytes),
    };
    const subject = { appId: bytes(fixture.app_id), roots: [fixture.kms_root_public_key] };
    expect(verify({ ...subject, keys: [key] }).custody?.outcome).toBe("pass");
    const [keySignature = new Uint8Array(), rootSignature = new Uint8Array()] = key.custodyChain;
    const applied: Record<string, () => Subject> = {
      "different purpose": () => ({ ...subject, keys: [{ ...key, purpose: "other" }] }),
      "empty second signature (no KMS key provider)": () => ({
        ...subject,
        keys: [{ ...key, custodyChain: [keySignature, new Uint8Array()] }],
      }),
      "KMS signature checked under another app id": () => ({ ...subject, keys: [key], appId: bytes("ff".repeat(20)) }),
    };
    for (const { name, signature } of negatives) {
      const replaced = () => ({ ...subject, keys: [{ ...key, custodyChain: [bytes(signature), rootSignature] }] });
      expect([name, verify((applied[name] ?? replaced)()).custody?.outcome]).toEqual([name, "fail"]);
    }
  });
});
