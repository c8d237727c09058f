import { GatewayError } from "../errors/index.ts";
import type { Serving } from "./lifecycle/index.ts";
import type { ModelDirectory } from "./model-directory.ts";

/** Who waits for a model, and how long. */
export interface ModelWait {
  /** Tells when the caller leaves. */
  readonly response: {
    once(event: "close", listener: () => void): unknown;
    off(event: "close", listener: () => void): unknown;
  };
  /** The caller's own deadline. Milliseconds; undefined: none. */
  readonly timeoutMs: number | undefined;
}

/**
 * Runs an exchange with a hold on its model: in this turn if the model is loaded, else, where the gateway waits for
 * models, when it is. The hold is released if `run` throws; otherwise that is the exchange's to do.
 *
 * @param fail takes what goes wrong in a later turn; in this one it is thrown
 */
export function withModel(
  models: ModelDirectory,
  model: string,
  { response, timeoutMs }: ModelWait,
  run: (serving: Serving) => void,
  fail: (thrown: unknown) => void,
): void {
  const left = new AbortController();
  const serving = models.open(model, left.signal);
  if (!(serving instanceof Promise)) {
    runHeld(serving, run);
    return;
  }
  let late = false;
  const leave = (): void => left.abort();
  const deadline =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          leave();
        }, timeoutMs);
  response.once("close", leave);
  serving
    .finally(() => {
      clearTimeout(deadline);
      response.off("close", leave);
    })
    .then((found) => runHeld(found, run))
    .catch((thrown: unknown) =>
      fail(late ? new GatewayError("deadline_exceeded", "The call's deadline has passed") : thrown),
    );
}

function runHeld(serving: Serving, run: (serving: Serving) => void): void {
  try {
    run(serving);
  } catch (thrown) {
    serving.release();
    throw thrown;
  }
}
