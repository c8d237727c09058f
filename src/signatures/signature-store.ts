import type { DualSignature, ExchangeStatus, SigningIdentity } from "../signing/index.ts";

/** The signatures of one exchange. */
export interface SignatureRecord {
  /** The signed text. */
  readonly text: string;
  readonly signature: DualSignature;
  /** The keys it was made with. */
  readonly signer: SigningIdentity;
  readonly status: ExchangeStatus;
  /** Given by the engine, or made by the gateway. At most MAX_ID_LENGTH characters. */
  readonly responseId: string;
  /** Made by the gateway, unique. */
  readonly receiptId: string;
  /** When the record is forgotten, Unix milliseconds. */
  readonly expiresAt: number;
}

/** Whose record it is. */
export interface SignatureScope {
  /** Digest of the caller's token; see Caller. */
  readonly callerId: string;
  readonly model: string;
}

/**
 * Longest response id that is kept. Engines are not trusted: a longer one, and an empty one, is replaced by the receipt
 * id. Characters.
 */
export const MAX_ID_LENGTH = 256;

/** Keeps signatures until they expire. */
export interface SignatureStore {
  /**
   * Stores a record before it returns. A record of the same receipt is replaced. A response id that the same caller has
   * seen before names the newer record from then on; the older one stays reachable by its receipt id.
   */
  put(scope: SignatureScope, record: Omit<SignatureRecord, "expiresAt">): void;
  /** By receipt id or response id, within the scope only. */
  get(scope: SignatureScope, id: string): SignatureRecord | undefined;
  /** Records held. */
  readonly size: number;
}

export interface MemoryStoreOptions {
  /** How long a record is kept. Milliseconds. */
  readonly ttlMs: number;
  /** Most records; the oldest go first. */
  readonly maxEntries: number;
  /** Most memory for records, estimated. Bytes; the oldest go first. */
  readonly maxBytes: number;
  /** Unix milliseconds. Default Date.now. */
  readonly now?: () => number;
}

interface Entry {
  readonly record: SignatureRecord;
  readonly receiptKey: string;
  readonly responseKey: string;
  readonly bytes: number;
}

/** Maps, keys, objects and buffers of one record, measured on Node 24. Bytes. */
const RECORD_OVERHEAD_BYTES = 900;

/** Lengths keep the parts apart whatever characters an id or a model name holds. */
function scopedKey(scope: SignatureScope, id: string): string {
  return `${scope.callerId.length}:${scope.callerId}${scope.model.length}:${scope.model}${id}`;
}

/**
 * A store in memory. Scope is part of the key, so one caller's ids, whoever chose them, never meet another's.
 * All entries live equally long, so insertion order is expiry order and removal costs nothing to find.
 */
export function memorySignatureStore(options: MemoryStoreOptions): SignatureStore {
  const now = options.now ?? Date.now;
  const byReceipt = new Map<string, Entry>();
  const byResponse = new Map<string, Entry>();
  let bytes = 0;

  const remove = (entry: Entry): void => {
    byReceipt.delete(entry.receiptKey);
    // The response id may name a newer record by now.
    if (byResponse.get(entry.responseKey) === entry) byResponse.delete(entry.responseKey);
    bytes -= entry.bytes;
  };

  const makeRoom = (): void => {
    const time = now();
    for (const entry of byReceipt.values()) {
      const fits = byReceipt.size <= options.maxEntries && bytes <= options.maxBytes;
      if (fits && entry.record.expiresAt > time) return;
      remove(entry);
    }
  };

  return {
    put(scope, record) {
      const { length } = record.responseId;
      const responseId = length === 0 || length > MAX_ID_LENGTH ? record.receiptId : record.responseId;
      const receiptKey = scopedKey(scope, record.receiptId);
      const responseKey = scopedKey(scope, responseId);
      const previous = byReceipt.get(receiptKey);
      if (previous !== undefined) remove(previous);
      const size = RECORD_OVERHEAD_BYTES + 2 * (record.text.length + receiptKey.length + responseKey.length);
      const entry: Entry = {
        record: { ...record, responseId, expiresAt: now() + options.ttlMs },
        receiptKey,
        responseKey,
        bytes: size,
      };
      byReceipt.set(receiptKey, entry);
      byResponse.set(responseKey, entry);
      bytes += size;
      makeRoom();
    },
    get(scope, id) {
      if (id === "" || id.length > MAX_ID_LENGTH) return undefined;
      const key = scopedKey(scope, id);
      // A receipt id is unique and goes first. An engine may have given it to another answer, which may live longer.
      for (const entry of [byReceipt.get(key), byResponse.get(key)]) {
        if (entry === undefined) continue;
        if (entry.record.expiresAt > now()) return entry.record;
        remove(entry);
      }
      return undefined;
    },
    get size() {
      return byReceipt.size;
    },
  };
}
