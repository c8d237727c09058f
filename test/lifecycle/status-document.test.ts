import { expect, it } from "vitest";
import type { InstanceStatus, ModelService, ModelState } from "../../src/models/index.ts";
import { statusDocument } from "../../src/models/index.ts";

function models(...instances: readonly Partial<InstanceStatus>[]): ModelService {
  const statuses = instances.map((fields) => ({
    instance: "generate",
    state: "idle",
    model: "m",
    digest: { kind: "verity", value: new Uint8Array(32).fill(0xab) },
    generation: 5,
    progress: 0.25,
    message: "why",
    since: 1_000,
    inFlight: 2,
    outputTail: ["a line"],
    ...fields,
  }));
  return { status: () => statuses, managed: true, engine: "vllm", available: () => ["m"] } as unknown as ModelService;
}

/** Both vocabularies name every state; the documented one has `error` where the older one has `failed`. */
it.each<[ModelState, string, string]>([
  ["idle", "idle", "idle"],
  ["loading", "loading", "loading"],
  ["ready", "ready", "ready"],
  ["unloading", "unloading", "unloading"],
  ["error", "error", "failed"],
])("says %s in both vocabularies, from one record", (state, proxy, older) => {
  const document = statusDocument(models({ state }), true, 3_500) as Record<string, unknown>;
  expect(document).toMatchObject({
    loaded_model: "m",
    loaded_model_digest: "ab".repeat(32),
    proxy_status: proxy,
    proxy_message: "why",
    proxy_progress: 0.25,
    state: older,
    model: "m",
    model_digest: "ab".repeat(32),
    model_digest_kind: "verity",
    message: "why",
    elapsed_s: 2.5,
    generation: 5,
    in_flight: 2,
  });
  expect("progress" in document).toBe(state === "loading");
  expect("error" in document).toBe(state === "error");
  expect("stderr_tail" in document).toBe(state === "error");
  expect("stderr_tail" in statusDocument(models({ state }), false)).toBe(false);
});

it("describes the model that generates, whatever stands beside it", () => {
  const document = statusDocument(models({ state: "ready" }, { instance: "embed", state: "error", model: "e" }), false);
  expect(document).toMatchObject({
    proxy_status: "ready",
    model: "m",
    degraded: true,
    models: { generate: { state: "ready" }, embed: { state: "failed", model: "e" } },
  });
});
