import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCertificate, verifyChain } from "@countersign/client/x509";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { appKeys, issueAppKeys, openSimulatedKms } from "../../../src/tee/simulated/kms/index.ts";
import { sharedVectors } from "../../support/shared-vectors.ts";

interface Derived {
  readonly path: string;
  readonly purpose: string;
  readonly algorithm: "secp256k1" | "ed25519";
  readonly key: string;
  readonly public_key: string;
  readonly digest: string;
  readonly signature_chain: readonly [string, string];
}

interface Vectors {
  readonly kms: {
    readonly fixture: {
      readonly app_root_key: string;
      readonly app_root_public_key: string;
      readonly kms_signature: string;
      readonly derived: readonly Derived[];
    };
    readonly synthetic: {
      readonly kms_root_key: string;
      readonly app_id: string;
      readonly app_root_public_key: string;
      readonly derived: readonly Derived[];
    };
  };
}

const vectors = sharedVectors<Vectors>("dstack.json");
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");

/** The compressed key that made r ‖ s ‖ recovery id. */
function recover(signature: Uint8Array, digest: Uint8Array): string {
  expect(signature).toHaveLength(65);
  expect([0, 1]).toContain(signature[64]);
  const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), "compact");
  expect(parsed.hasHighS()).toBe(false);
  return hex(
    parsed
      .addRecoveryBit(signature[64] ?? 0)
      .recoverPublicKey(digest)
      .toBytes(true),
  );
}

describe.skipIf(vectors === undefined)("known answers of dstack", () => {
  const expectDerived = (keys: ReturnType<typeof appKeys>, derived: readonly Derived[] = []) => {
    expect(derived.length).toBeGreaterThan(0);
    for (const { path, purpose, algorithm, key, public_key, digest, signature_chain } of derived) {
      const made = keys.key(path, purpose, algorithm);
      expect(hex(made.secret), path).toBe(key);
      expect(hex(made.publicKey), path).toBe(public_key);
      // Both use RFC 6979 nonces, so even the signatures agree.
      expect(made.signatureChain.map(hex), path).toEqual(signature_chain);
      expect(recover(made.signatureChain[0], bytes(digest))).toBe(hex(keys.rootPublicKey));
    }
  };

  it("from a KMS root down to the keys", () => {
    const { kms_root_key = "", app_id = "", app_root_public_key, derived } = vectors?.kms.synthetic ?? {};
    const keys = issueAppKeys(bytes(kms_root_key), bytes(app_id));
    expect(hex(keys.rootPublicKey)).toBe(app_root_public_key);
    expectDerived(keys, derived);
  });

  it("from an app root whose KMS signature was recorded", () => {
    const { app_root_key = "", app_root_public_key, kms_signature = "", derived } = vectors?.kms.fixture ?? {};
    const keys = appKeys(bytes(app_root_key), bytes(kms_signature));
    expect(hex(keys.rootPublicKey)).toBe(app_root_public_key);
    expectDerived(keys, derived);
  });
});

describe("an installation's KMS", () => {
  let directory: string;
  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), "countersign-kms-")), "state");
  });
  afterEach(() => rmSync(join(directory, ".."), { recursive: true }));

  it("stays the same, and differs from every other", () => {
    const first = openSimulatedKms(directory);
    const again = openSimulatedKms(directory);
    const other = openSimulatedKms(join(directory, "other"));
    expect(hex(again.rootPublicKey)).toBe(hex(first.rootPublicKey));
    expect(hex(again.authority.certificate)).toBe(hex(first.authority.certificate));
    expect(hex(other.rootPublicKey)).not.toBe(hex(first.rootPublicKey));
    expect(hex(other.authority.publicKey)).not.toBe(hex(first.authority.publicKey));
  });

  it("keeps its keys in one file that only its owner reads", () => {
    openSimulatedKms(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory)).toEqual(["kms.json"]);
    expect(statSync(join(directory, "kms.json")).mode & 0o777).toBe(0o600);
  });

  it("holds two unrelated keys", () => {
    const kms = openSimulatedKms(directory);
    const state = JSON.parse(readFileSync(join(directory, "kms.json"), "utf8")) as Record<string, string>;
    const ca = createPrivateKey(state["ca_key"] ?? "").export({ format: "jwk" }).d ?? "";
    expect(Buffer.from(ca, "base64url").toString("hex")).not.toBe(state["root_key"]);
    expect(hex(secp256k1.getPublicKey(bytes(state["root_key"] ?? ""), true))).toBe(hex(kms.rootPublicKey));
  });

  it("signs each app's root with the KMS root", () => {
    const kms = openSimulatedKms(directory);
    const appId = new Uint8Array(20).fill(7);
    const app = kms.app(appId);
    const { signatureChain } = app.key("some/path", "purpose", "ed25519");
    const statement = Buffer.concat([Buffer.from("dstack-kms-issued:"), appId, app.rootPublicKey]);
    expect(recover(signatureChain[1], keccak_256(statement))).toBe(hex(kms.rootPublicKey));
    expect(hex(kms.app(new Uint8Array(20)).rootPublicKey)).not.toBe(hex(app.rootPublicKey));
  });

  it("has a CA whose certificates verify and say what they are", async () => {
    const { authority } = openSimulatedKms(directory);
    const now = 1_800_000_000;
    const chain = authority.issue({
      commonName: "leaf",
      publicKeySpkiDer: authority.publicKey,
      notBefore: now,
      notAfter: now + 60,
      extensions: [],
    });
    await verifyChain(chain.map(parseCertificate), { now, roots: [authority.certificate] });
    for (const certificate of chain) {
      expect(new X509Certificate(certificate).subject).toContain("O=SIMULATED TEE - DEVELOPMENT ONLY");
    }
  });

  describe("refuses a file", () => {
    const path = () => join(directory, "kms.json");
    const rewrite = (change: (state: Record<string, unknown>) => unknown) => {
      const state = JSON.parse(readFileSync(path(), "utf8")) as Record<string, unknown>;
      writeFileSync(path(), JSON.stringify(change(state)));
    };
    beforeEach(() => {
      openSimulatedKms(directory);
    });

    it.each<[string, () => void, string]>([
      ["that others may read", () => chmodSync(path(), 0o640), "tee.mismatch"],
      ["in a directory that others may read", () => chmodSync(directory, 0o750), "tee.mismatch"],
      ["that is no JSON", () => writeFileSync(path(), "{"), "tee.malformed"],
      ["that is too large", () => writeFileSync(path(), " ".repeat(70_000)), "tee.malformed"],
      ["with a member missing", () => rewrite(({ ca_key: _, ...rest }) => rest), "tee.malformed"],
      ["with a member nobody knows", () => rewrite((state) => ({ ...state, more: "" })), "tee.malformed"],
      ["of another format", () => rewrite((state) => ({ ...state, format: "v2" })), "tee.malformed"],
      ["whose root is no scalar", () => rewrite((state) => ({ ...state, root_key: "0".repeat(64) })), "tee.malformed"],
      ["whose root is too short", () => rewrite((state) => ({ ...state, root_key: "01" })), "tee.malformed"],
      ["whose CA key is none", () => rewrite((state) => ({ ...state, ca_key: "none" })), "tee.malformed"],
    ])("%s", (_, spoil, code) => {
      spoil();
      expect(() => openSimulatedKms(directory)).toThrow(expect.objectContaining({ code }));
    });

    it("whose CA key belongs to another certificate", () => {
      const other = openSimulatedKms(join(directory, "other"));
      expect(other).toBeDefined();
      const { ca_key } = JSON.parse(readFileSync(join(directory, "other", "kms.json"), "utf8")) as Record<
        string,
        string
      >;
      rewrite((state) => ({ ...state, ca_key }));
      expect(() => openSimulatedKms(directory)).toThrow(/not a pair/);
    });

    it("that is a link", () => {
      const elsewhere = join(directory, "elsewhere.json");
      writeFileSync(elsewhere, readFileSync(path()), { mode: 0o600 });
      rmSync(path());
      symlinkSync(elsewhere, path());
      expect(() => openSimulatedKms(directory)).toThrow(expect.objectContaining({ code: "tee.unreachable" }));
    });
  });
});
