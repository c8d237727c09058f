import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InstanceStatus, ModelService } from "../../src/models/index.ts";
import {
  addFakeModel,
  type Behaviour,
  enginesStarted,
  FAKE_ENGINE,
  grandchildOf,
  isRunning,
} from "./fake-engine/fake-engine.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { type RestAnswer, rest } from "./rest-call.ts";

/** The load token of the tests. */
export const LOAD_TOKEN = "load-token-of-the-tests";

/** A gateway in this process that starts fake engines for its models. */
export interface ManagedGateway extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly url: string;
  readonly models: ModelService;
  readonly modelsDir: string;
  readonly stateDir: string;
  /** Directory of a model. */
  path(model: string): string;
  /** Resolves as soon as the status of an instance satisfies `wanted`. */
  until(wanted: (status: InstanceStatus) => boolean, instance?: string): Promise<InstanceStatus>;
  /** POST /v1/models/load with the load token. */
  load(body: object): Promise<RestAnswer>;
  unload(body?: object): Promise<RestAnswer>;
  /** GET /v1/models/status, parsed. */
  status(authorization?: string | null): Promise<Record<string, unknown>>;
}

export interface ManagedGatewayOptions {
  readonly models?: Readonly<Record<string, Behaviour>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
  /** Directory of models and state, which the caller removes. Default: one of its own. */
  readonly folder?: string;
}

/** Short times, so that a test of a failure takes no longer than the failure. */
const TIMES = {
  COUNTERSIGN_MODELS_HEALTH_INTERVAL: "15ms",
  COUNTERSIGN_MODELS_HEALTH_TIMEOUT: "2s",
  COUNTERSIGN_MODELS_LOAD_TIMEOUT: "20s",
  COUNTERSIGN_MODELS_STOP_GRACE: "2s",
  COUNTERSIGN_MODELS_RESTART_DELAY: "10ms",
  COUNTERSIGN_MODELS_DRAIN: "10s",
};

/** Starts the gateway. Disposing of it fails if a process of one of its engines is left. */
export async function startManagedGateway(options: ManagedGatewayOptions = {}): Promise<ManagedGateway> {
  const { models: behaviours = {}, env = {}, tls = false } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "countersign-models-"));
  const modelsDir = join(folder, "models");
  const stateDir = join(folder, "state");
  mkdirSync(modelsDir, { recursive: true });
  for (const [name, behaviour] of Object.entries(behaviours)) addFakeModel(modelsDir, name, behaviour);
  const gateway = await startTestGateway({
    engine: "",
    tls,
    env: {
      MODEL_NAME: "configured",
      LOAD_TOKEN,
      COUNTERSIGN_MODELS_DIR: modelsDir,
      COUNTERSIGN_MODELS_STATE_PATH: stateDir,
      COUNTERSIGN_MODELS_ENGINE: "custom",
      COUNTERSIGN_MODELS_COMMAND: `${process.execPath} ${FAKE_ENGINE} --path={path} --port={port} --name={name} {arguments}`,
      ...TIMES,
      ...env,
    },
  });
  const { url } = gateway;
  const { models } = gateway.gateway;
  const path = (model: string): string => join(modelsDir, model);
  const post = (target: string, body: object): Promise<RestAnswer> =>
    rest(url, { path: target, body: JSON.stringify(body), authorization: `Bearer ${LOAD_TOKEN}` });
  return {
    gateway,
    url,
    models,
    modelsDir,
    stateDir,
    path,
    until(wanted, instance = "generate") {
      return new Promise((resolve) => {
        const look = (): void => {
          const status = models.status().find((one) => one.instance === instance);
          if (status === undefined || !wanted(status)) return;
          stop();
          resolve(status);
        };
        const stop = models.onStatus(look);
        look();
      });
    },
    load: (body) => post("/v1/models/load", body),
    unload: (body = {}) => post("/v1/models/unload", body),
    async status(authorization = null) {
      const { body } = await rest(url, { path: "/v1/models/status", authorization });
      return JSON.parse(body.toString("utf8")) as Record<string, unknown>;
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      const left = models
        .available()
        .flatMap((name) => [...enginesStarted(path(name)), grandchildOf(path(name)) ?? 0])
        .filter((pid) => pid > 1 && isRunning(pid));
      for (const pid of left) process.kill(pid, "SIGKILL");
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
      if (left.length > 0) throw new Error(`processes of engines are left: ${left.join(", ")}`);
    },
  };
}
