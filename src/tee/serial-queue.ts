import { type Deadline, within } from "./deadline.ts";
import { TeeError } from "./tee-error.ts";

/** Runs one piece of work at a time, in the order it was asked for. */
export interface SerialQueue {
  /**
   * Waits for its turn, then runs `work`. A caller whose deadline passes gets its error at once; work that had begun
   * keeps its turn until it has ended, because what it waits for (a driver, a quoting service) is still busy.
   *
   * @throws TeeError `tee.refused` if the queue is full; that of the deadline; what `work` rejects with
   */
  run<T>(limit: Deadline, work: () => Promise<T>): Promise<T>;
}

/**
 * @param source what is queued for, for messages
 * @param capacity most callers that wait, besides the one that is served
 */
export function serialQueue(source: string, capacity: number): SerialQueue {
  const waiting: (() => void)[] = [];
  let busy = false;

  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) busy = false;
    else next();
  };

  const waitForTurn = async (limit: Deadline): Promise<void> => {
    let start = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      start = resolve;
    });
    waiting.push(start);
    try {
      await within(limit, turn);
    } catch (error) {
      const place = waiting.indexOf(start);
      // Not waiting any more: the turn came in the same moment, and has to be passed on.
      if (place === -1) release();
      else waiting.splice(place, 1);
      throw error;
    }
  };

  return {
    async run(limit, work) {
      if (busy) {
        if (waiting.length >= capacity) {
          throw new TeeError("tee.refused", `${source}: ${capacity} requests are waiting already; try again later`);
        }
        await waitForTurn(limit);
      }
      busy = true;
      const running = (async () => {
        try {
          const ended = limit.error();
          if (ended !== undefined) throw ended;
          return await work();
        } finally {
          release();
        }
      })();
      return within(limit, running);
    },
  };
}
