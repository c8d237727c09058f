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

/** One record in few objects: there may be hundreds of thousands, and each is one more for the garbage collector. */
interface Entry {
  /** Number of the scope. */
  readonly scope: number;
  readonly text: string;
  /** Both signatures, one character a byte. */
  readonly packed: string;
  readonly signer: SigningIdentity;
  readonly status: ExchangeStatus;
  readonly responseId: string;
  readonly receiptId: string;
  readonly expiresAt: number;
}

/** Maps, keys, ids, signatures and the object itself, without text and response id: measured on Node 24. Bytes. */
const ENTRY_BYTES = 1_000;
/** Length of an ECDSA signature. Bytes. */
const ECDSA_BYTES = 65;

function entryBytes(entry: Entry): number {
  return ENTRY_BYTES + entry.text.length + entry.responseId.length;
}

function pack({ ecdsa, ed25519 }: DualSignature): string {
  const packed = Buffer.allocUnsafe(ecdsa.length + ed25519.length);
  packed.set(ecdsa);
  packed.set(ed25519, ecdsa.length);
  return packed.toString("latin1");
}

function unpack(packed: string): DualSignature {
  const bytes = new Uint8Array(Buffer.from(packed, "latin1"));
  return { ecdsa: bytes.subarray(0, ECDSA_BYTES), ed25519: bytes.subarray(ECDSA_BYTES) };
}

/** The same characters without the pieces they were put together from. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

/**
 * A store in memory. Scope is part of the key, so one caller's ids, whoever chose them, never meet another's.
 * All entries live equally long, so insertion order is expiry order and removal costs nothing to find.
 */
export function memorySignatureStore(options: MemoryStoreOptions): SignatureStore {
  const now = options.now ?? Date.now;
  const byReceipt = new Map<string, Entry>();
  const byResponse = new Map<string, Entry>();
  /** Scopes by number: as many as there are tokens and models. */
  const scopes = new Map<string, number>();
  let bytes = 0;

  /** Lengths keep caller and model apart; undefined for a scope that never stored anything. */
  const scopeName = ({ callerId, model }: SignatureScope): string => `${callerId.length}:${callerId}${model}`;
  /** A number ends at the colon, so the id may hold anything. */
  const keyOf = (scope: number, id: string): string => `${scope}:${id}`;

  const remove = (entry: Entry): void => {
    byReceipt.delete(keyOf(entry.scope, entry.receiptId));
    // The response id may name a newer record by now.
    const responseKey = keyOf(entry.scope, entry.responseId);
    if (byResponse.get(responseKey) === entry) byResponse.delete(responseKey);
    bytes -= entryBytes(entry);
  };

  const makeRoom = (): void => {
    const time = now();
    for (const entry of byReceipt.values()) {
      const fits = byReceipt.size <= options.maxEntries && bytes <= options.maxBytes;
      if (fits && entry.expiresAt > time) return;
      remove(entry);
    }
  };

  return {
    put(scope, record) {
      const name = scopeName(scope);
      let number = scopes.get(name);
      if (number === undefined) {
        number = scopes.size;
        scopes.set(name, number);
      }
      const { length } = record.responseId;
      const entry: Entry = {
        scope: number,
        text: flat(record.text),
        packed: pack(record.signature),
        signer: record.signer,
        status: record.status,
        responseId: length === 0 || length > MAX_ID_LENGTH ? record.receiptId : record.responseId,
        receiptId: record.receiptId,
        expiresAt: now() + options.ttlMs,
      };
      const receiptKey = keyOf(number, entry.receiptId);
      const previous = byReceipt.get(receiptKey);
      if (previous !== undefined) remove(previous);
      byReceipt.set(receiptKey, entry);
      byResponse.set(keyOf(number, entry.responseId), entry);
      bytes += entryBytes(entry);
      makeRoom();
    },
    get(scope, id) {
      const number = scopes.get(scopeName(scope));
      if (number === undefined || id === "" || id.length > MAX_ID_LENGTH) return undefined;
      const key = keyOf(number, id);
      // A receipt id is unique and goes first. An engine may have given it to another answer, which may live longer.
      for (const entry of [byReceipt.get(key), byResponse.get(key)]) {
        if (entry === undefined) continue;
        if (entry.expiresAt > now()) {
          const { text, signer, status, responseId, receiptId, expiresAt } = entry;
          return { text, signature: unpack(entry.packed), signer, status, responseId, receiptId, expiresAt };
        }
        remove(entry);
      }
      return undefined;
    },
    get size() {
      return byReceipt.size;
    },
  };
}
