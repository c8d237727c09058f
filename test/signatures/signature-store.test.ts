import { describe, expect, it } from "vitest";
import {
  MAX_ID_LENGTH,
  type MemoryStoreOptions,
  memorySignatureStore,
  type SignatureRecord,
  type SignatureScope,
  type SignatureStore,
} from "../../src/signatures/index.ts";

const ALICE: SignatureScope = { callerId: "a".repeat(64), model: "m" };
const BOB: SignatureScope = { callerId: "b".repeat(64), model: "m" };
const PLENTY = { ttlMs: 1000, maxEntries: 10_000, maxBytes: 1 << 30 };

const signer = {
  role: "response",
  ecdsaKeyId: "e",
  ecdsaPublicKey: new Uint8Array(65),
  ecdsaAddress: "0x",
  ed25519KeyId: "d",
  ed25519PublicKey: new Uint8Array(32),
} as const;

function record(receiptId: string, responseId: string, text = receiptId): Omit<SignatureRecord, "expiresAt"> {
  const signature = { ecdsa: new Uint8Array(65), ed25519: new Uint8Array(64) };
  return { text, signature, signer, status: "complete", responseId, receiptId };
}

/** A store with a clock of its own. */
function store(options: Partial<MemoryStoreOptions> = {}): { store: SignatureStore; clock: { now: number } } {
  const clock = { now: 1_000_000 };
  return { store: memorySignatureStore({ ...PLENTY, ...options, now: () => clock.now }), clock };
}

describe("a record", () => {
  it("can be read by both ids the moment it is put, 2 000 times in a row (G01)", () => {
    const { store: signatures } = store();
    for (let i = 0; i < 2000; i++) {
      signatures.put(ALICE, record(`rcpt-${i}`, `chatcmpl-${i}`));
      expect(signatures.get(ALICE, `rcpt-${i}`)?.text).toBe(`rcpt-${i}`);
      expect(signatures.get(ALICE, `chatcmpl-${i}`)?.text).toBe(`rcpt-${i}`);
    }
    expect(signatures.size).toBe(2000);
    // The first of them is still there: nothing goes early (G10).
    expect(signatures.get(ALICE, "chatcmpl-0")?.receiptId).toBe("rcpt-0");
  });

  it("comes back as it was put, with the time at which it is forgotten", () => {
    const { store: signatures, clock } = store();
    const put = record("r", "c", "model:q:h");
    signatures.put(ALICE, put);
    expect(signatures.get(ALICE, "c")).toEqual({ ...put, expiresAt: clock.now + 1000 });
  });

  it("put again under its receipt id replaces the first, under its old response id too", () => {
    const { store: signatures } = store();
    signatures.put(ALICE, record("r", "first", "cancelled"));
    signatures.put(ALICE, record("r", "second", "complete"));
    expect(signatures.get(ALICE, "r")?.text).toBe("complete");
    expect(signatures.get(ALICE, "second")?.text).toBe("complete");
    expect(signatures.get(ALICE, "first")).toBeUndefined();
    expect(signatures.size).toBe(1);
  });
});

describe("ids", () => {
  it("of one caller are unknown to another (G09)", () => {
    const { store: signatures } = store();
    signatures.put(ALICE, record("rcpt-1", "chatcmpl-1"));
    expect(signatures.get(BOB, "rcpt-1")).toBeUndefined();
    expect(signatures.get(BOB, "chatcmpl-1")).toBeUndefined();
    expect(signatures.get({ ...ALICE, model: "other" }, "chatcmpl-1")).toBeUndefined();
  });

  it("that an engine gives to two callers lead each to its own (G08)", () => {
    const { store: signatures } = store();
    signatures.put(ALICE, record("rcpt-1", "same", "alice"));
    signatures.put(BOB, record("rcpt-2", "same", "bob"));
    expect(signatures.get(ALICE, "same")?.text).toBe("alice");
    expect(signatures.get(BOB, "same")?.text).toBe("bob");
  });

  it("that are crafted to run into the next part of the key stay apart (G08)", () => {
    const { store: signatures } = store();
    const crafted: [SignatureScope, string][] = [
      [{ callerId: "c", model: "m" }, 'x","y'],
      [{ callerId: "c", model: 'm","x' }, "y"],
      [{ callerId: 'c","m', model: "x" }, "y"],
      [{ callerId: "c", model: "m" }, "x:y"],
      [{ callerId: "c", model: "m:x" }, "y"],
      [{ callerId: "c:m", model: "x" }, "y"],
      [{ callerId: "c", model: "m" }, "x\0y"],
      [{ callerId: "c", model: "m\0x" }, "y"],
      [{ callerId: "c", model: "m" }, "\\"],
      [{ callerId: "c", model: "m" }, "\ud800"],
      [{ callerId: "c", model: "m" }, "\ufffd"],
      [{ callerId: "c", model: "m" }, "__proto__"],
    ];
    for (const [index, [scope, id]] of crafted.entries()) signatures.put(scope, record(`r${index}`, id, `${index}`));
    for (const [index, [scope, id]] of crafted.entries()) expect(signatures.get(scope, id)?.text).toBe(`${index}`);
  });

  it("that an engine repeats name the newer record; the older keeps its receipt id", () => {
    const { store: signatures } = store({ maxEntries: 2 });
    signatures.put(ALICE, record("r1", "same", "older"));
    signatures.put(ALICE, record("r2", "same", "newer"));
    expect(signatures.get(ALICE, "same")?.text).toBe("newer");
    expect(signatures.get(ALICE, "r1")?.text).toBe("older");
    // The older one's going must not take the id along.
    signatures.put(ALICE, record("r3", "c3"));
    expect(signatures.get(ALICE, "r1")).toBeUndefined();
    expect(signatures.get(ALICE, "same")?.text).toBe("newer");
  });

  it("of receipts go before response ids, so an engine cannot hide a receipt behind its own (G08)", () => {
    const { store: signatures, clock } = store();
    signatures.put(ALICE, record("rcpt-1", "c1", "true"));
    clock.now += 500;
    signatures.put(ALICE, record("rcpt-2", "rcpt-1", "forged"));
    expect(signatures.get(ALICE, "rcpt-1")?.text).toBe("true");
    expect(signatures.get(ALICE, "rcpt-2")?.text).toBe("forged");
    // Once the receipt is forgotten, the id names what is still held: at the first question as at the second.
    clock.now += 600;
    expect(signatures.get(ALICE, "rcpt-1")?.text).toBe("forged");
    expect(signatures.get(ALICE, "rcpt-1")?.text).toBe("forged");
  });

  it("may be the same for receipt and response", () => {
    const { store: signatures } = store({ maxEntries: 1 });
    signatures.put(ALICE, record("r1", "r1"));
    expect(signatures.get(ALICE, "r1")?.responseId).toBe("r1");
    signatures.put(ALICE, record("r2", "r2"));
    expect(signatures.get(ALICE, "r1")).toBeUndefined();
    expect(signatures.size).toBe(1);
  });

  it.each([
    ["empty", ""],
    ["too long", "x".repeat(MAX_ID_LENGTH + 1)],
  ])("of an engine that are %s are replaced by the receipt id (G16)", (_what, responseId) => {
    const { store: signatures } = store();
    signatures.put(ALICE, record("rcpt-1", responseId));
    expect(signatures.get(ALICE, responseId)).toBeUndefined();
    expect(signatures.get(ALICE, "rcpt-1")?.responseId).toBe("rcpt-1");
  });

  it("of the greatest length are kept", () => {
    const { store: signatures } = store();
    signatures.put(ALICE, record("rcpt-1", "x".repeat(MAX_ID_LENGTH)));
    expect(signatures.get(ALICE, "x".repeat(MAX_ID_LENGTH))?.receiptId).toBe("rcpt-1");
  });
});

describe("records go", () => {
  it("when their time has come, not before, and reading does not lengthen it", () => {
    const { store: signatures, clock } = store();
    signatures.put(ALICE, record("r", "c"));
    clock.now += 999;
    expect(signatures.get(ALICE, "c")).toBeDefined();
    clock.now += 1;
    expect(signatures.get(ALICE, "c")).toBeUndefined();
    expect(signatures.get(ALICE, "r")).toBeUndefined();
    expect(signatures.size).toBe(0);
  });

  it("with the next put, if nobody asks for them", () => {
    const { store: signatures, clock } = store();
    for (let i = 0; i < 50; i++) signatures.put(ALICE, record(`r${i}`, `c${i}`));
    clock.now += 1000;
    signatures.put(ALICE, record("new", "c"));
    expect(signatures.size).toBe(1);
  });

  it("in the order they came when there are too many", () => {
    const { store: signatures } = store({ maxEntries: 3 });
    for (const id of ["r1", "r2", "r3", "r4"]) signatures.put(ALICE, record(id, `c-${id}`));
    expect(["r1", "r2", "r3", "r4"].map((id) => signatures.get(ALICE, id)?.receiptId)).toEqual([
      undefined,
      "r2",
      "r3",
      "r4",
    ]);
    // One that was put again is new again.
    signatures.put(ALICE, record("r2", "c-r2"));
    signatures.put(ALICE, record("r5", "c-r5"));
    expect(signatures.get(ALICE, "r3")).toBeUndefined();
    expect(signatures.get(ALICE, "r2")).toBeDefined();
  });

  it("in the order they came when they take too much memory, long ids and texts counted", () => {
    const held = (text: string, responseId: (i: number) => string): number => {
      const { store: signatures } = store({ maxBytes: 100_000 });
      for (let i = 0; i < 500; i++) signatures.put(ALICE, record(`r${i}`, responseId(i), text));
      expect(signatures.get(ALICE, "r499")).toBeDefined();
      expect(signatures.get(ALICE, "r0")).toBeUndefined();
      return signatures.size;
    };
    const plain = held("t", (i) => `c${i}`);
    expect(plain).toBeLessThanOrEqual(100_000 / 900);
    expect(held("t".repeat(2000), (i) => `c${i}`)).toBeLessThan(plain / 2);
    expect(held("t", (i) => `${i}`.padStart(MAX_ID_LENGTH, "x"))).toBeLessThan(plain);
  });

  it("and free what they took: the bound holds over many times its size", () => {
    const { store: signatures } = store({ maxBytes: 50_000, maxEntries: 1000 });
    const sizes = new Set<number>();
    for (let i = 0; i < 5000; i++) {
      signatures.put(i % 2 === 0 ? ALICE : BOB, record(`r${i % 700}`.padStart(5, "0"), `c${i % 300}`.padStart(5, "0")));
      if (i > 1000) sizes.add(signatures.size);
    }
    // A leak in the account would let fewer and fewer in, one the other way more and more.
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(Math.min(...sizes)).toBeGreaterThan(30);
  });

  it("at once if they alone are over the bound, and the store goes on", () => {
    const { store: signatures } = store({ maxBytes: 5000 });
    signatures.put(ALICE, record("big", "c", "x".repeat(10_000)));
    expect(signatures.size).toBe(0);
    expect(signatures.get(ALICE, "c")).toBeUndefined();
    signatures.put(ALICE, record("small", "c"));
    expect(signatures.get(ALICE, "c")?.receiptId).toBe("small");
  });
});
