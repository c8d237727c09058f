import type { GatewayError } from "../errors/index.ts";

/** Something that runs and can be ended early. */
export interface Cuttable {
  /** Ends it now, sealed with what has been sent; `why` is what its caller is told. */
  cut(why: GatewayError): void;
}

/** What is in flight, so that shutdown can wait for it and cut what stays too long. */
export interface InFlight {
  readonly add: (item: Cuttable) => void;
  readonly remove: (item: Cuttable) => void;
  readonly cutAll: (why: GatewayError) => void;
  readonly size: number;
  /** Resolves as soon as nothing is in flight. */
  idle(): Promise<void>;
}

export function createInFlight(): InFlight {
  const items = new Set<Cuttable>();
  const waiting: (() => void)[] = [];
  return {
    add: (item) => void items.add(item),
    remove(item) {
      items.delete(item);
      if (items.size === 0) for (const resolve of waiting.splice(0)) resolve();
    },
    cutAll(why) {
      for (const item of items) item.cut(why);
    },
    get size() {
      return items.size;
    },
    idle() {
      if (items.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
  };
}
