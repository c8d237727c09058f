import { homedir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../config/index.ts";
import type { Logger } from "../../observe/index.ts";
import type { InFlight } from "../../server/index.ts";
import {
  customTemplate,
  demoTemplate,
  type EngineTemplate,
  llamaCppTemplate,
  sglangTemplate,
  vllmTemplate,
} from "../engine-process/index.ts";
import { type ManagedModels, managedModels } from "./managed-models.ts";
import { type ModelVerifier, noVerification } from "./model-verifier.ts";

export interface OpenModelsOptions {
  readonly config: Config;
  readonly inFlight: InFlight;
  readonly log: Logger;
  /** Default: nothing is verified, and every digest is of kind `none`. */
  readonly verify?: ModelVerifier | undefined;
  /** Default the gateway's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The models of `models.dir`; undefined without one. */
export function openModels(options: OpenModelsOptions): ManagedModels | undefined {
  const { config, inFlight, log, verify = noVerification, environment = process.env } = options;
  const { dir } = config.models;
  if (dir === undefined) return undefined;
  return managedModels({
    config,
    modelsDir: dir,
    stateDirectory: config.models.statePath ?? defaultStateDirectory(environment),
    template: templateOf(config.models),
    verify,
    inFlight,
    log,
    environment,
  });
}

function templateOf({ engine, program, command }: Config["models"]): EngineTemplate {
  switch (engine) {
    case "vllm":
      return vllmTemplate(program);
    case "sglang":
      return sglangTemplate(program);
    case "llama.cpp":
      return llamaCppTemplate(program);
    case "demo":
      return demoTemplate();
    case "custom":
      return customTemplate(command);
  }
}

/** One place per user (XDG base directories). */
function defaultStateDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const configured = environment["XDG_STATE_HOME"];
  const base = configured?.startsWith("/") === true ? configured : join(homedir(), ".local", "state");
  return join(base, "countersign", "models");
}
