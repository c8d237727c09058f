import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { pinnedKeyset, createClient as verifyingClient } from "../../../clients/typescript/src/index.ts";
import {
  AttestationService,
  GetEvidenceRequestSchema,
  ServingManifestSchema,
} from "../../../gen/ts/countersign/attestation/v1/attestation_service_pb.ts";
import {
  ModelLifecycleService,
  ModelState,
} from "../../../gen/ts/countersign/lifecycle/v1/model_lifecycle_service_pb.ts";
import { TOKEN } from "../../support/gateway.ts";
import { type ManagedGateway, startManagedGateway } from "../../support/managed-gateway.ts";
import { transportTo } from "../../support/rpc-client.ts";

async function manifest(managed: ManagedGateway, nonce?: Uint8Array<ArrayBuffer>) {
  const client = createClient(AttestationService, transportTo(managed.url, "connect", { token: null }));
  const request = create(GetEvidenceRequestSchema, nonce === undefined ? {} : { nonce });
  const { evidence } = await client.getEvidence(request);
  const { models } = fromBinary(ServingManifestSchema, evidence?.manifest ?? new Uint8Array(0));
  return models.map(({ name, generation }) => [name, generation]);
}

it("loads the demo engine, chats with it under proof, and lets evidence and leaves follow", async () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-demo-model-"));
  mkdirSync(join(folder, "models", "toy"), { recursive: true });
  try {
    await using managed = await startManagedGateway({
      folder,
      tls: true,
      env: {
        LOAD_TOKEN: "",
        COUNTERSIGN_MODELS_ENGINE: "demo",
        COUNTERSIGN_MODELS_COMMAND: "",
        DEMO_TOKENS_PER_SECOND: "0",
      },
    });
    expect(managed.gateway.log.join("\n")).toContain("MODELS CAN BE LOADED BY EVERYBODY");
    expect(await manifest(managed)).toEqual([]);
    const { rotation } = managed.gateway;
    const minted = () => new Promise<number>((resolve) => rotation?.onChange(({ generation }) => resolve(generation)));
    const afterLoad = minted();

    // No load token is configured, so none is needed.
    const operator = createClient(ModelLifecycleService, transportTo(managed.url, "grpc", { token: null }));
    const states = [];
    for await (const { status } of operator.loadModel({ model: "toy" })) states.push(status?.state);
    expect(states.at(-1)).toBe(ModelState.READY);

    const trust = pinnedKeyset(Buffer.from(managed.gateway.keys.keysetDigest).toString("hex"));
    const client = verifyingClient({ baseUrl: managed.url, token: TOKEN, trust, protocol: "grpc" });
    const answer = await client.chat({ model: "toy", messages: [{ role: "user", content: "Tell me about bees" }] });
    client.close();
    expect(JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? String(value) : value))).toContain("toy");

    expect(await manifest(managed)).toEqual([["toy", 1n]]);
    expect(await manifest(managed, new Uint8Array(32).fill(1))).toEqual([["toy", 1n]]);
    expect(await afterLoad).toBe(2);
    const afterUnload = minted();
    const { status } = await operator.unloadModel({});
    expect(status?.state).toBe(ModelState.IDLE);
    expect(await manifest(managed)).toEqual([]);
    expect(await afterUnload).toBeGreaterThanOrEqual(3);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
