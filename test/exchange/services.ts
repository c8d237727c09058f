import { KeySourceKind } from "../../gen/ts/countersign/attestation/v1/keyset_pb.ts";
import type { ExchangeOrigin, ExchangeServices } from "../../src/exchange/index.ts";
import { createMetrics, type LogFields } from "../../src/observe/index.ts";
import { memorySignatureStore } from "../../src/signatures/index.ts";
import { loadSigningKeys } from "../../src/signing/index.ts";

export interface LogRecord {
  readonly event: string;
  readonly fields: LogFields;
}

/** Real keys, store and metrics; a log that is kept. */
export async function exchangeServices(): Promise<ExchangeServices & { readonly records: LogRecord[] }> {
  let next = 1;
  const keys = await loadSigningKeys({
    kind: KeySourceKind.GENERATED,
    key: async () => ({ secret: new Uint8Array(32).fill(next++), custodyChain: [] }),
  });
  const records: LogRecord[] = [];
  const write = (event: string, fields: LogFields = {}): void => void records.push({ event, fields });
  const log = { debug: write, info: write, warn: write, error: write, fault: write, flush: () => {} };
  const signatures = memorySignatureStore({ ttlMs: 60_000, maxEntries: 100, maxBytes: 1 << 20 });
  return { keys, signatures, metrics: createMetrics(), log, records };
}

export const ORIGIN: ExchangeOrigin = {
  caller: { id: "c".repeat(64), label: "token-1" },
  requestId: "req-1",
  model: "org/model:tag",
  door: "rest",
  operation: "/v1/chat/completions",
};

export const SCOPE = { callerId: ORIGIN.caller.id, model: ORIGIN.model };

/** The value of one sample of the exposition. */
export async function sample(services: ExchangeServices, line: string): Promise<number | undefined> {
  const text = await services.metrics.expose();
  const found = text.split("\n").find((entry) => entry.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}
