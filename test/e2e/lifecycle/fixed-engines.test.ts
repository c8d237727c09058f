import { Code, createClient } from "@connectrpc/connect";
import { expect, it } from "vitest";
import {
  ModelLifecycleService,
  ModelState,
} from "../../../gen/ts/countersign/lifecycle/v1/model_lifecycle_service_pb.ts";
import { startDemoServer } from "../../../src/demo/index.ts";
import { startTestGateway } from "../../support/gateway.ts";
import { rest } from "../../support/rest-call.ts";
import { errorReason, rejection, transportTo } from "../../support/rpc-client.ts";

it("reports the configured model as generation 1, ready as the engine answers, and loads nothing", async () => {
  const engine = await startDemoServer({ model: "m", tokensPerSecond: 0, firstTokenMs: 0 });
  await using gateway = await startTestGateway({ engine: engine.url, env: { LOAD_TOKEN: "l" } });
  await gateway.gateway.engineAnswered;
  const client = createClient(ModelLifecycleService, transportTo(gateway.url, "grpc"));
  const { managed, instances } = await client.getStatus({});
  expect(managed).toBe(false);
  expect(instances).toHaveLength(1);
  expect(instances[0]).toMatchObject({ state: ModelState.READY, model: "m", generation: 1n, instance: "generate" });
  const { models } = await client.listModels({});
  expect(models.map(({ name, loaded }) => [name, loaded])).toEqual([["m", true]]);

  const { body } = await rest(gateway.url, { path: "/v1/models/status", authorization: null });
  expect(JSON.parse(body.toString("utf8"))).toMatchObject({ loaded_model: "m", proxy_status: "ready", generation: 1 });
  const operator = createClient(ModelLifecycleService, transportTo(gateway.url, "grpc", { token: "l" }));
  const refused = await rejection(operator.unloadModel({}));
  expect([refused.code, errorReason(refused)]).toEqual([Code.FailedPrecondition, "MODELS_NOT_MANAGED"]);
  const load = { path: "/v1/models/load", body: '{"model":"m"}' };
  expect((await rest(gateway.url, load)).status).toBe(401);
  expect((await rest(gateway.url, { ...load, authorization: "Bearer l" })).status).toBe(501);
  await engine.close();
});

it("says that the engine does not answer yet", async () => {
  await using gateway = await startTestGateway({ engine: "http://127.0.0.1:1" });
  const { body } = await rest(gateway.url, { path: "/v1/models/status", authorization: null });
  expect(JSON.parse(body.toString("utf8"))).toMatchObject({
    loaded_model: "m",
    proxy_status: "loading",
    proxy_message: "the engine does not answer yet",
  });
});
