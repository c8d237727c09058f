import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "../../gen/ts/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../gen/ts/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../gen/ts/grpc/reflection/v1alpha/reflection_pb.ts";
import { type EngineAndGateway, startEngineAndGateway } from "../support/engine-and-gateway.ts";
import { answerWith, healthy } from "../support/engine-answers.ts";
import { startTestGateway } from "../support/gateway.ts";
import { rest } from "../support/rest-call.ts";
import { PROTOCOLS, rejection, transportTo } from "../support/rpc-client.ts";
import { startScriptedEngine } from "../support/scripted-engine.ts";

const SERVICES = [
  "countersign.inference.v1.InferenceService",
  "countersign.attestation.v1.AttestationService",
  "countersign.signature.v1.SignatureService",
  "countersign.lifecycle.v1.ModelLifecycleService",
];

let pair: EngineAndGateway;

beforeAll(async () => {
  pair = await startEngineAndGateway(healthy(), { tls: true });
  await pair.gateway.gateway.engineAnswered;
  while ((await rest(pair.gateway.url, { path: "/readyz" })).status !== 200);
});

afterAll(() => pair[Symbol.asyncDispose]());

describe.each(PROTOCOLS)("health over %s", (protocol) => {
  // Tools and balancers present no token.
  const health = () => createClient(Health, transportTo(pair.gateway.url, protocol, { token: null }));

  test.each(["", ...SERVICES])("Check of %j says serving", async (service) => {
    expect((await health().check({ service })).status).toBe(Serving.SERVING);
  });

  test("Check of an unknown service is not_found, Watch says unknown and stays open", async () => {
    expect((await rejection(health().check({ service: "no.such.Service" }))).code).toBe(Code.NotFound);
    const leaving = new AbortController();
    const watch = health().watch({ service: "no.such.Service" }, { signal: leaving.signal })[Symbol.asyncIterator]();
    expect((await watch.next()).value.status).toBe(Serving.SERVICE_UNKNOWN);
    leaving.abort();
    expect((await rejection(watch.next())).code).toBe(Code.Canceled);
  });

  test("List names the server and each service", async () => {
    const { statuses } = await health().list({});
    expect(Object.keys(statuses).sort()).toEqual(["", ...SERVICES].sort());
    for (const { status } of Object.values(statuses)) expect(status).toBe(Serving.SERVING);
  });
});

test("an engine that is not there yet: alive, not ready, not serving; and all of it when it comes", async () => {
  await using engine = await startScriptedEngine();
  engine.modelsScript = answerWith(503, "{}");
  await using gateway = await startTestGateway({ engine: engine.url });
  const leaving = new AbortController();
  const watch = createClient(Health, transportTo(gateway.url, "grpc"))
    .watch({ service: SERVICES[0] ?? "" }, { signal: leaving.signal })
    [Symbol.asyncIterator]();
  expect((await watch.next()).value.status).toBe(Serving.NOT_SERVING);
  expect((await rest(gateway.url, { path: "/healthz" })).status).toBe(200);
  for (const path of ["/readyz", "/readiness"]) {
    const ready = await rest(gateway.url, { path, authorization: null });
    expect(ready.status).toBe(503);
    expect(ready.headers["retry-after"]).toBe("1");
  }
  const next = watch.next();
  engine.modelsScript = answerWith(200, "{}");
  await gateway.gateway.engineAnswered;
  expect((await next).value.status).toBe(Serving.SERVING);
  expect((await rest(gateway.url, { path: "/readyz" })).status).toBe(200);
  leaving.abort();
});

describe.each([
  ["v1", ServerReflection],
  ["v1alpha", ServerReflectionAlpha],
] as const)("reflection %s", (_version, service) => {
  /** One question, one answer. */
  async function ask(messageRequest: { case: string; value: string }) {
    const client = createClient(
      service as typeof ServerReflection,
      transportTo(pair.gateway.url, "grpc", { token: null }),
    );
    const requests = async function* () {
      yield { host: "h", messageRequest } as never;
    };
    for await (const response of client.serverReflectionInfo(requests())) return response.messageResponse;
    throw new Error("no answer");
  }

  test("lists the services", async () => {
    const answer = await ask({ case: "listServices", value: "" });
    if (answer.case !== "listServicesResponse") throw new Error(answer.case);
    const names = answer.value.service.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([...SERVICES, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]),
    );
  });

  test.each([
    "countersign.inference.v1.InferenceService",
    "countersign.inference.v1.InferenceService.StreamChat",
    "countersign.inference.v1.ChatInput",
    "countersign.inference.v1.ChatInput.messages",
    "countersign.transcript.v1.SealStatus",
    "grpc.health.v1.Health",
  ])("gives the file of %s with all it imports", async (value) => {
    const answer = await ask({ case: "fileContainingSymbol", value });
    if (answer.case !== "fileDescriptorResponse") throw new Error(answer.case);
    const files = answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    const names = files.map(({ name }) => name);
    for (const { dependency } of files) expect(names).toEqual(expect.arrayContaining(dependency));
  });

  test("gives a file by its name, and not_found for what it does not have", async () => {
    const file = await ask({ case: "fileByFilename", value: "countersign/transcript/v1/transcript.proto" });
    expect(file.case).toBe("fileDescriptorResponse");
    for (const question of [
      { case: "fileByFilename", value: "../secrets" },
      { case: "fileContainingSymbol", value: "no.such.Symbol" },
      { case: "fileContainingSymbol", value: "" },
    ]) {
      const answer = await ask(question);
      expect(answer).toMatchObject({ case: "errorResponse", value: { errorCode: Code.NotFound } });
    }
  });
});

describe("buf curl, knowing nothing but the address", () => {
  const BUF = fileURLToPath(new URL("../../node_modules/.bin/buf", import.meta.url));

  async function bufCurl(...argv: string[]): Promise<{ code: number; output: string }> {
    const child = spawn(BUF, ["curl", ...argv], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes: Buffer) => {
        output += bytes.toString("utf8");
      });
    }
    const [code] = (await once(child, "close")) as [number];
    return { code, output };
  }

  test.each(["grpc", "grpcweb", "connect"])("checks health over %s", async (protocol) => {
    const { url } = pair.gateway;
    const flags = ["--protocol", protocol, "--http2-prior-knowledge", "--reflect-protocol", "grpc-v1"];
    const { code, output } = await bufCurl(...flags, `${url}/grpc.health.v1.Health/Check`);
    expect(JSON.parse(output)).toEqual({ status: "SERVING" });
    expect(code).toBe(0);
  });

  test("lists the methods through v1alpha over TLS", async () => {
    const { code, output } = await bufCurl(
      "-k",
      "--reflect-protocol",
      "grpc-v1alpha",
      "--list-methods",
      pair.gateway.tlsUrl ?? "",
    );
    expect(output).toContain("countersign.inference.v1.InferenceService/StreamChat");
    expect(code).toBe(0);
  });
});
