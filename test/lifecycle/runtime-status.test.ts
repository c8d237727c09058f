import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { createEnginePool } from "../../src/engines/index.ts";
import { fixedModels } from "../../src/models/lifecycle/fixed-models.ts";
import { type GpuReading, parseGpuReadings, pushRuntimeStatus } from "../../src/models/lifecycle/index.ts";
import type { Logger } from "../../src/observe/index.ts";
import { createInFlight } from "../../src/server/index.ts";

interface Report {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** A management plane, and a gateway's model that reports to it. */
async function startPlane(answer: (response: ServerResponse, count: number) => void, gpus: readonly GpuReading[] = []) {
  const reports: Report[] = [];
  let wake = (): void => {};
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(pieces).toString("utf8"));
      reports.push({ path: `${request.method} ${request.url}`, headers: request.headers, body });
      answer(response, reports.length);
      wake();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const times = { connectMs: 1000, firstByteMs: 1000, idleMs: 1000, totalMs: 1000 };
  const engines = createEnginePool({ engines: [], timeouts: times, maxIdleSockets: 0, idleSocketMs: 1 });
  const models = fixedModels({ name: "m", engines, inFlight: createInFlight() });
  const log: string[] = [];
  const note = (event: string): void => void log.push(event);
  const logger: Logger = {
    debug: note,
    info: note,
    warn: note,
    error: note,
    fault: (event, cause) => note(`${event} ${String(cause)}`),
    flush() {},
  };
  const stop = pushRuntimeStatus({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`,
    enclaveId: "enclave-1",
    token: "plane-token",
    intervalMs: 10,
    models,
    log: logger,
    gpus: () => Promise.resolve(gpus),
  });
  return {
    reports,
    models,
    log,
    async until(count: number): Promise<void> {
      while (reports.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      stop();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

it("reports at once and at intervals, what is measured and nothing else", async () => {
  await using plane = await startPlane((response) => response.end(), [{ usedMemoryMib: 12, temperatureC: 40 }, {}]);
  await plane.until(1);
  const [first] = plane.reports;
  expect(first?.path).toBe("POST /base/api/v1/enclave/runtime-status");
  expect(first?.headers.authorization).toBe("Bearer plane-token");
  expect(first?.body).toEqual({
    enclave_id: "enclave-1",
    gpu_used_vram_mib: 12,
    gpu_temperature_c: 40,
    gpus: [{ used_vram_mib: 12, temperature_c: 40 }, {}],
    loaded_model: "m",
    loaded_model_digest: "",
    loaded_model_digest_kind: "none",
    proxy_status: "loading",
    proxy_message: "the engine does not answer yet",
    proxy_progress: 0,
    generation: 1,
    sequence: 1,
    updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  plane.models.setAnswering(true);
  await plane.until(3);
  expect(plane.reports.at(-1)?.body).toMatchObject({ proxy_status: "ready", proxy_progress: 1, sequence: 3 });
  expect(plane.log).toEqual([]);
});

it("goes on after failures with the newest state, says so once, and never tells the token", async () => {
  await using plane = await startPlane((response, count) => {
    if (count < 3) response.writeHead(503).end("token plane-token");
    else response.end();
  });
  await plane.until(2);
  plane.models.setAnswering(true);
  await plane.until(4);
  expect(plane.reports.at(-1)?.body).toMatchObject({ proxy_status: "ready" });
  expect(plane.log).toEqual(["runtime status not pushed Error: status 503", "runtime status pushed again"]);
});

it("follows no redirect: it would take the token elsewhere", async () => {
  await using plane = await startPlane((response) => response.writeHead(307, { location: "/elsewhere" }).end());
  await plane.until(2);
  expect(new Set(plane.reports.map(({ path }) => path))).toEqual(new Set(["POST /base/api/v1/enclave/runtime-status"]));
  expect(plane.log.join()).not.toContain("plane-token");
});

it("reads what the driver's tool prints; what it could not measure is absent", () => {
  expect(parseGpuReadings("81000, 61, 412.37\n[N/A], 30, [Not Supported]\n")).toEqual([
    { usedMemoryMib: 81000, temperatureC: 61, powerW: 412.37 },
    { temperatureC: 30 },
  ]);
  expect(parseGpuReadings("")).toEqual([]);
});
