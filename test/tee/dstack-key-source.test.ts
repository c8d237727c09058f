import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { describe, expect, it } from "vitest";
import { KeySourceKind } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import { dstackKeyPath, dstackKeySource, type KeySource, loadSigningKeys } from "../../src/signing/index.ts";
import { sharedVectors } from "../support/shared-vectors.ts";
import { hex } from "./quote-fixture.ts";
import { agentAt, agentSocket, json } from "./scripted-agent.ts";

const APP_ID = new Uint8Array(20).fill(0x5a);
const APP_ROOT = new Uint8Array(32).fill(0x11);
const KMS_ROOT = new Uint8Array(32).fill(0x22);

/** r ‖ s ‖ recovery id over the Keccak-256 of the message, as dstack signs. */
function sign(message: Uint8Array, root: Uint8Array): string {
  const signature = secp256k1.sign(keccak_256(message), root, { prehash: false, format: "recovered", lowS: true });
  return hex(Buffer.concat([signature.subarray(1), signature.subarray(0, 1)]));
}

interface KeyAnswer {
  readonly key: string;
  readonly signature_chain: readonly string[];
}

interface KeyRequest {
  readonly path: string;
  readonly purpose: string;
  readonly algorithm: string;
}

/** What a KMS of this test answers: a secret of its path, vouched for by its roots. */
function issue({ path, purpose, algorithm }: KeyRequest, appRoot = APP_ROOT, appId = APP_ID): KeyAnswer {
  const secret = keccak_256(Buffer.from(path));
  const publicKey = algorithm === "ed25519" ? ed25519.getPublicKey(secret) : secp256k1.getPublicKey(secret, true);
  const issued = Buffer.concat([Buffer.from("dstack-kms-issued:"), appId, secp256k1.getPublicKey(appRoot, true)]);
  return {
    key: hex(secret),
    signature_chain: [sign(Buffer.from(`${purpose}:${hex(publicKey)}`), appRoot), sign(issued, KMS_ROOT)],
  };
}

/** A key source before an agent that answers with what `answer` makes of the request. */
async function source(
  answer: (request: KeyRequest) => KeyAnswer = issue,
  provider: string | undefined = '{"name":"kms","id":"00"}',
): Promise<KeySource> {
  const agent = await agentSocket((request, response) => {
    if (request.url === "/Info") {
      json(response, { app_id: hex(APP_ID), tcb_info: "{}", key_provider_info: provider });
    } else {
      json(response, answer(JSON.parse(request.body.toString()) as KeyRequest));
    }
  });
  return dstackKeySource(agentAt(agent.path), { modelName: "m" });
}

const without = (request: KeyRequest): KeyAnswer => {
  const { key, signature_chain } = issue(request);
  return { key, signature_chain: [signature_chain[0] ?? "", ""] };
};

describe("keys of the KMS", () => {
  it("make a keyset that says so, each with its custody chain", async () => {
    const keys = await loadSigningKeys(await source());
    expect(keys.source).toBe(KeySourceKind.DSTACK);
    expect(keys.stream.ecdsaPublicKey).toEqual(
      secp256k1.getPublicKey(keccak_256(Buffer.from("countersign/stream/secp256k1/v1")), false),
    );
    expect(keys.response.ed25519PublicKey).toEqual(
      ed25519.getPublicKey(keccak_256(Buffer.from("m/ed25519-signing-key"))),
    );
    const seed = keccak_256(Buffer.from("countersign/envelope/ed25519/v1"));
    expect(keys.envelope.publicKey).toEqual(ed25519.utils.toMontgomery(ed25519.getPublicKey(seed)));
    expect(keys.envelope.custodyChain[2]).toEqual(ed25519.getPublicKey(seed));
    const { custodyChain } = await (await source()).key("response", "secp256k1");
    expect(custodyChain.map(({ length }) => length)).toEqual([65, 65]);
  });

  it.each(["local-sgx", "tpm", "none"])("lack the KMS signature where the provider is %s", async (name) => {
    const { custodyChain } = await (await source(without, JSON.stringify({ name, id: "" }))).key("stream", "ed25519");
    expect(custodyChain[1]).toHaveLength(0);
  });

  it.each([
    ["a KMS", '{"name":"kms","id":"00"}'],
    ["something unknown", '{"name":"new","id":"00"}'],
    ["no JSON", "none"],
    ["a list", '["none"]'],
    ["nothing", ""],
  ])("are refused without it where the provider is said to be %s", async (_name, provider) => {
    await expect((await source(without, provider)).key("stream", "ed25519")).rejects.toMatchObject({
      code: "tee.mismatch",
    });
  });

  /** Each fault comes with the second key, when the first has shown the roots. */
  it.each<[string, (request: KeyRequest) => KeyAnswer]>([
    ["an agent that knows no Ed25519 keys", (request) => issue({ ...request, algorithm: "secp256k1" })],
    ["another purpose", (request) => issue({ ...request, purpose: "signing" })],
    ["another application", (request) => issue(request, APP_ROOT, new Uint8Array(20))],
    ["another root of the application", (request) => issue(request, new Uint8Array(32).fill(0x33))],
    [
      "another key than is handed out",
      (request) => ({ ...issue(request), key: hex(keccak_256(Buffer.from("another"))) }),
    ],
    [
      "signatures in the other order",
      (request) => ({ ...issue(request), signature_chain: [...issue(request).signature_chain].reverse() }),
    ],
    [
      "a recovery id as Ethereum writes it",
      (request) => ({
        ...issue(request),
        signature_chain: issue(request).signature_chain.map((signature) => `${signature.slice(0, 128)}1b`),
      }),
    ],
  ])("are refused with custody of %s", async (_name, faulty) => {
    const keys = await source((request) => (request.algorithm === "ed25519" ? faulty(request) : issue(request)));
    await keys.key("stream", "secp256k1");
    await expect(keys.key("stream", "ed25519")).rejects.toMatchObject({ name: "TeeError", code: "tee.mismatch" });
  });

  it("are refused where a key with a KMS follows one without", async () => {
    const keys = await source(
      (request) => (request.algorithm === "ed25519" ? issue(request) : without(request)),
      '{"name":"none","id":""}',
    );
    await keys.key("stream", "secp256k1");
    await expect(keys.key("stream", "ed25519")).rejects.toMatchObject({ code: "tee.mismatch" });
  });

  it("are refused where the scalar is none", async () => {
    const keys = await source((request) => ({ ...issue(request), key: "00".repeat(32) }));
    await expect(keys.key("stream", "secp256k1")).rejects.toMatchObject({ code: "tee.malformed" });
  });
});

describe("paths of keys in the KMS", () => {
  it.each([
    ["response", "secp256k1", "mock-model/ecdsa-signing-key"],
    ["response", "ed25519", "mock-model/ed25519-signing-key"],
    ["stream", "secp256k1", "countersign/stream/secp256k1/v1"],
    ["stream", "ed25519", "countersign/stream/ed25519/v1"],
    ["envelope", "ed25519", "countersign/envelope/ed25519/v1"],
  ] as const)("of role %s, %s is %s", (role, algorithm, path) => {
    expect(dstackKeyPath(role, algorithm, "mock-model")).toBe(path);
  });

  const near = sharedVectors<{
    kms: { example: { model_name: string; requests: { path: string; purpose: string }[] } };
  }>("near.json");
  it.skipIf(near === undefined)("and purposes of response keys are those of deployed gateways", async () => {
    const { model_name: modelName, requests } = near?.kms.example ?? { model_name: "", requests: [] };
    const asked: unknown[] = [];
    const agent = await agentSocket((request, response) => {
      if (request.url === "/GetKey") asked.push(JSON.parse(request.body.toString()));
      json(response, { app_id: "00".repeat(20), tcb_info: "{}" }, request.url === "/Info" ? 200 : 400);
    });
    const source = dstackKeySource(agentAt(agent.path), { modelName });
    for (const algorithm of ["secp256k1", "ed25519"] as const) {
      await expect(source.key("response", algorithm)).rejects.toThrow("[tee.refused]");
    }
    expect(asked).toEqual(
      requests.map((request, index) => ({ ...request, algorithm: ["secp256k1", "ed25519"][index] })),
    );
  });

  it.each(["", "a\nb", "x".repeat(257)])("are not made from the model name %j", (modelName) => {
    expect(() => dstackKeySource(agentAt("/nowhere.sock"), { modelName })).toThrow("[tee.unsupported]");
  });
});
