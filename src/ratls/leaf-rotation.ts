import type { SecureContextOptions } from "node:tls";
import type { Logger } from "../observe/index.ts";
import type { QuoteSource } from "../tee/quote-source.ts";
import { type LeafEvidenceForm, makeLeafEvidence } from "./leaf-evidence.ts";
import type { LeafIssuer } from "./leaf-issuer.ts";
import type { LeafKey } from "./leaf-key.ts";
import { type LeafSet, mintLeafSet } from "./leaf-set.ts";

/** Leaves that are minted anew before they end, and whenever what they attest has changed. */
export interface LeafRotation {
  /** What is presented to new connections. */
  readonly current: LeafSet;
  /**
   * Mints the next generation now. Concurrent calls share one minting, and a call during one is followed by another,
   * so that what changed meanwhile is in. Open connections keep their leaf. Rejects if the platform gives no quote;
   * the old generation stays.
   */
  remint(reason: RemintReason): Promise<LeafSet>;
  /** Calls back after each minting. */
  onChange(listener: (leaves: LeafSet) => void): void;
  stop(): void;
}

/** Why leaves are minted; a closed set, for logs. */
export type RemintReason = "renewal" | "model changed" | "evidence changed";

export interface LeafRotationOptions {
  readonly form: LeafEvidenceForm;
  readonly quotes: QuoteSource;
  readonly key: LeafKey;
  readonly issuer: LeafIssuer;
  readonly names: readonly string[];
  readonly tls: SecureContextOptions;
  readonly log: Logger;
  /** Unix milliseconds. Default the system's clock. */
  readonly now?: () => number;
  /** In [0, 1). Default random. */
  readonly jitter?: () => number;
  /** Default the system's timers; the timer must not keep the process alive. */
  readonly schedule?: (callback: () => void, delayMs: number) => { cancel(): void };
}

/**
 * Least time between two mintings of a rotation. Milliseconds: a leaf speaks of a whole minute, and another one within
 * it would say nothing new.
 */
const LEAST_DELAY_MS = 60_000;
/** After a failed minting the next try comes after this, doubled each time up to the longest. Milliseconds. */
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 10 * 60_000;

/**
 * Mints the first generation. Rejects if the platform gives no quote or the issuer has ended: a gateway without its leaf
 * does not start.
 */
export async function startLeafRotation(options: LeafRotationOptions): Promise<LeafRotation> {
  const { form, quotes, key, issuer, names, tls, log } = options;
  const { now = Date.now, jitter = Math.random, schedule = systemSchedule } = options;
  const listeners: ((leaves: LeafSet) => void)[] = [];
  let current = await mint(1);
  let running: Promise<LeafSet> | undefined;
  let queued: Promise<LeafSet> | undefined;
  let retryMs = FIRST_RETRY_MS;
  let stopped = false;
  let timer = schedule(renew, renewalDelayMs());

  async function mint(generation: number): Promise<LeafSet> {
    if (issuer.notAfter * 1000 <= now()) throw new Error("the CA's certificate has ended; leaves need a current one");
    const evidence = await makeLeafEvidence(form, quotes, key.spki, now() / 1000);
    return mintLeafSet({ generation, key, issuer, evidence, names, simulated: quotes.simulated, tls });
  }

  /** At two thirds of what is left, a little earlier or later so that a fleet does not ask all at once. */
  function renewalDelayMs(): number {
    const left = current.notAfter * 1000 - now();
    return Math.max(LEAST_DELAY_MS, left * (2 / 3) * (0.95 + 0.1 * jitter()));
  }

  async function run(reason: RemintReason): Promise<LeafSet> {
    current = await mint(current.generation + 1);
    retryMs = FIRST_RETRY_MS;
    log.info("leaf minted", { reason, generation: current.generation });
    if (!stopped) {
      timer.cancel();
      timer = schedule(renew, renewalDelayMs());
    }
    for (const listener of listeners) listener(current);
    return current;
  }

  function remint(reason: RemintReason): Promise<LeafSet> {
    if (running !== undefined) {
      queued ??= running
        .catch(() => undefined)
        .then(() => {
          queued = undefined;
          return remint(reason);
        });
      return queued;
    }
    const work = run(reason).finally(() => {
      running = undefined;
    });
    running = work;
    return work;
  }

  function renew(): void {
    remint("renewal").catch((thrown: unknown) => {
      log.fault("leaf not renewed", thrown, { generation: current.generation });
      if (stopped) return;
      // A listener may have failed after the minting had set the timer anew.
      timer.cancel();
      timer = schedule(renew, retryMs);
      retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
    });
  }

  return {
    get current() {
      return current;
    },
    remint,
    onChange(listener) {
      listeners.push(listener);
    },
    stop() {
      stopped = true;
      timer.cancel();
    },
  };
}

function systemSchedule(callback: () => void, delayMs: number): { cancel(): void } {
  const timer = setTimeout(callback, delayMs);
  timer.unref();
  return { cancel: () => clearTimeout(timer) };
}
