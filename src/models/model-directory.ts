import { GatewayError } from "../errors/index.ts";

/** The models callers can ask for. */
export interface ModelDirectory {
  /** Throws `model_not_found` unless `model` is served. The name is attacker-controlled and is not echoed. */
  require(model: string): void;
  /** Names in the order of the configuration. */
  readonly names: readonly string[];
}

/** A gateway that answers for one model. */
export function singleModel(name: string): ModelDirectory {
  return {
    names: [name],
    require(model) {
      if (model === name) return;
      throw new GatewayError("model_not_found", `The model does not exist here. GET /v1/models lists: ${name}`, {
        param: "model",
      });
    },
  };
}
