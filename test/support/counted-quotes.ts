import type { Platform } from "../../src/platform/index.ts";

/** Counts quotes where they are made, and can hold them back. */
export interface CountedQuotes {
  /** To be given to a gateway. */
  readonly platform: (shared: Platform) => Platform;
  /** The report data of every quote that was asked for, in order. */
  readonly made: readonly Uint8Array[];
  /** Quotes wait until the returned function is called. */
  hold(): () => void;
}

export function countedQuotes(): CountedQuotes {
  const made: Uint8Array[] = [];
  let gate: Promise<void> | undefined;
  return {
    made,
    platform: (shared) => ({
      ...shared,
      quotes: {
        ...shared.quotes,
        async quote(reportData, signal) {
          made.push(reportData.slice());
          await gate;
          return shared.quotes.quote(reportData, signal);
        },
      },
    }),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return () => {
        gate = undefined;
        resolve();
      };
    },
  };
}
