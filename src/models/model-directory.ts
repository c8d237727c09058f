import type { Serving } from "./lifecycle/index.ts";

/** The models callers can ask for. */
export interface ModelDirectory {
  /** Names of the models that are served now, in the order of the instances. */
  readonly names: readonly string[];
  /** Names of all models that were served since start, the latest last: their signatures can still be looked up. */
  readonly everServed: readonly string[];
  /** Throws `model_not_found` unless `model` is known. The name is attacker-controlled and is not echoed. */
  require(model: string): void;
  /**
   * A hold on a model for one exchange. A promise only if the model is not loaded and the gateway waits for it.
   *
   * @throws GatewayError `model_not_found`, `model_not_loaded`, `cancelled` if the signal aborts
   */
  open(model: string, signal: AbortSignal): Serving | Promise<Serving>;
}
