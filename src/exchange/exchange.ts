import { randomUUID } from "node:crypto";
import type { Logger, Metrics } from "../observe/index.ts";
import type { SignatureStore } from "../signatures/index.ts";
import type { DualSignature, ExchangeStatus, SigningIdentity, SigningKeys } from "../signing/index.ts";
import type { ReportedUsage } from "../usage/index.ts";
import type { Caller } from "./caller.ts";

/** What every exchange needs from the gateway. */
export interface ExchangeServices {
  readonly keys: SigningKeys;
  readonly signatures: SignatureStore;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Who asks for what, through which door. */
export interface ExchangeOrigin {
  readonly caller: Caller;
  readonly requestId: string;
  /** The gateway's model. */
  readonly model: string;
  /** Metric label of a closed set: `rest` or an RPC protocol. */
  readonly door: string;
  /** Route pattern or method name, of a closed set; never a raw path. */
  readonly operation: string;
}

/**
 * One request from its bytes to its signature: what both kinds of exchange share. Created when the request's bytes are
 * there, finished exactly once.
 */
export abstract class Exchange {
  readonly origin: ExchangeOrigin;
  /** `rcpt-` and a random UUID: names this exchange and no other. */
  readonly receiptId = `rcpt-${randomUUID()}`;
  /** Unix milliseconds. */
  readonly createdAt = Date.now();
  /** Id the engine gave its answer. Not trusted; the store bounds it. */
  responseId: string | undefined;
  usage: ReportedUsage | undefined;
  protected readonly services: ExchangeServices;
  readonly #startedAt = performance.now();
  #lastReadAt = 0;
  #finished = false;

  constructor(services: ExchangeServices, origin: ExchangeOrigin) {
    this.services = services;
    this.origin = origin;
    services.metrics.exchangeStarted();
  }

  /** True once `finish` has run. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Notes that content arrived from the engine: times to the first token and between tokens. */
  noteRead(): void {
    const now = performance.now();
    if (this.#lastReadAt === 0) this.services.metrics.timeToFirstToken.observe((now - this.#startedAt) / 1000);
    else this.services.metrics.interTokenGap.observe((now - this.#lastReadAt) / 1000);
    this.#lastReadAt = now;
  }

  /** Stores signatures under this exchange's ids. They can be looked up when this returns. */
  protected store(text: string, signature: DualSignature, signer: SigningIdentity, status: ExchangeStatus): void {
    const { caller, model } = this.origin;
    this.services.signatures.put(
      { callerId: caller.id, model },
      { text, signature, signer, status, responseId: this.responseId ?? this.receiptId, receiptId: this.receiptId },
    );
  }

  /** Signs and measures. */
  protected sign<T>(work: () => T): T {
    const before = performance.now();
    const result = work();
    this.services.metrics.signing.observe((performance.now() - before) / 1000);
    return result;
  }

  /**
   * Ends the accounting of the exchange: once, further calls do nothing. `reason` is a code of the closed set of errors,
   * empty when complete; `bytes` is the length of the answer as sent.
   */
  protected settle(status: ExchangeStatus, reason: string, bytes: number): void {
    if (this.#finished) return;
    this.#finished = true;
    const { origin, services, usage } = this;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    services.metrics.exchangeEnded(origin.door, origin.operation, status, seconds, usage);
    if (reason !== "") services.metrics.error(reason);
    services.log.info("exchange", {
      request_id: origin.requestId,
      receipt_id: this.receiptId,
      door: origin.door,
      operation: origin.operation,
      caller: origin.caller.label,
      status,
      ...(reason === "" ? {} : { reason }),
      bytes,
      ms: Math.round(seconds * 1e4) / 10,
      ...(usage === undefined ? {} : { prompt_tokens: usage.promptTokens, completion_tokens: usage.completionTokens }),
    });
  }
}
