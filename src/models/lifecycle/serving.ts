import type { EnginePool } from "../../engines/index.ts";
import { GatewayError } from "../../errors/index.ts";
import type { Cuttable, InFlight } from "../../server/index.ts";
import type { ModelDigest } from "./model-digest.ts";

/** One exchange's hold on a loaded model: while it is held, the model is not unloaded before its drain has run out. */
export interface Serving {
  /** Name callers use. */
  readonly name: string;
  readonly digest: ModelDigest;
  readonly generation: number;
  /** Where requests go. */
  readonly engines: EnginePool;
  /** Names what is to be cut if the exchange has to end early. It is cut at once if that has happened already. */
  hold(item: Cuttable): void;
  /** Ends the hold. Once; further calls do nothing. */
  release(): void;
}

export interface ServedModel {
  readonly name: string;
  readonly digest: ModelDigest;
  readonly generation: number;
}

/** A hold that is counted in `counts` until it is released. */
export function startServing(model: ServedModel, engines: EnginePool, counts: readonly InFlight[]): Serving {
  let item: Cuttable | undefined;
  let why: GatewayError | undefined;
  const held: Cuttable = {
    cut(reason) {
      why = reason;
      item?.cut(reason);
    },
  };
  for (const count of counts) count.add(held);
  return {
    ...model,
    engines,
    hold(holder) {
      item = holder;
      if (why !== undefined) holder.cut(why);
    },
    release() {
      for (const count of counts) count.remove(held);
    },
  };
}

/** Why a request for a model is not served now. */
export function notLoaded(
  state: "idle" | "loading" | "unloading" | "error",
  message: string,
  retryAfterSeconds = 5,
): GatewayError {
  return new GatewayError("model_not_loaded", message, { param: "model", modelState: state, retryAfterSeconds });
}
