import { DerError } from "@countersign/client/der";
import { CHECKS, CheckFailure, Checks, isCheckId } from "@countersign/client/verdict";
import { describe, expect, test } from "vitest";

const outcomes = ({ list }: Checks) => list.map(({ id, outcome }) => [id, outcome]);

describe("a step", () => {
  test("that returns has proven its value", async () => {
    const checks = new Checks();
    expect(await checks.run("quote.chain", () => ({ value: 7, cause: "fine" }))).toBe(7);
    expect(await checks.run("quote.tcb", async () => ({ value: "x", cause: "later" }))).toBe("x");
    expect(checks.list).toEqual([
      { id: "quote.chain", outcome: "pass", required: true, cause: "fine" },
      { id: "quote.tcb", outcome: "pass", required: true, cause: "later" },
    ]);
    expect(checks.passed("quote.chain")).toBe(true);
    expect(checks.malformed).toBe(false);
  });

  test("that refuses fails, with its reason and remedy", async () => {
    const checks = new Checks();
    const step = () => {
      throw new CheckFailure("it is expired", "renew it");
    };
    expect(await checks.run("quote.chain", step)).toBeUndefined();
    expect(checks.list).toEqual([
      { id: "quote.chain", outcome: "fail", required: true, cause: "it is expired", remedy: "renew it" },
    ]);
    expect(checks.malformed).toBe(false);
    expect(checks.passed("quote.chain")).toBe(false);
  });

  test.each([
    ["says so", CheckFailure.malformed("bad bytes"), "bad bytes"],
    ["is about DER", new DerError("serial number: empty", 7), "serial number: empty at byte 7"],
  ])("whose input cannot be read makes the whole malformed if the error %s", async (_, error, cause) => {
    const checks = new Checks();
    await checks.run("quote.format", () => Promise.reject(error));
    await checks.run("quote.chain", () => ({ value: true, cause: "fine" }));
    expect(checks.malformed).toBe(true);
    expect(checks.list[0]).toMatchObject({ outcome: "fail", cause });
  });

  test.each([new TypeError("evidence: deadbeef"), "evidence: deadbeef", undefined])(
    "with a fault of its own fails closed, and keeps the fault's text out: %s",
    async (thrown) => {
      const checks = new Checks();
      const value = await checks.run("quote.chain", () => {
        throw thrown;
      });
      expect(value).toBeUndefined();
      expect(checks.list[0]).toMatchObject({ outcome: "fail", required: true });
      expect(JSON.stringify(checks.list)).not.toContain("deadbeef");
    },
  );
});

describe("of several outcomes for one check the worst counts", () => {
  const record = {
    pass: (checks: Checks) => checks.pass("gpu.chain", "pass"),
    optional: (checks: Checks) => checks.skip("gpu.chain", "optional", { required: false }),
    skip: (checks: Checks) => checks.skip("gpu.chain", "skip"),
    fail: (checks: Checks) => checks.fail("gpu.chain", "fail"),
  } as const;
  const order = ["pass", "optional", "skip", "fail"] as const;

  test.each(order.flatMap((first) => order.map((second) => [first, second] as const)))(
    "%s, then %s",
    (first, second) => {
      const checks = new Checks();
      record[first](checks);
      record[second](checks);
      const worst = order[Math.max(order.indexOf(first), order.indexOf(second))];
      expect(checks.list.map(({ cause }) => cause)).toEqual([worst]);
    },
  );
});

test("taking over another verification keeps its failures and that it was malformed", async () => {
  const inner = new Checks();
  await inner.run("quote.format", () => Promise.reject(CheckFailure.malformed("bad bytes")));
  inner.pass("quote.chain", "inner");
  const outer = new Checks();
  outer.pass("quote.format", "outer");
  outer.skip("quote.chain", "outer", { required: false });
  outer.include(inner);
  expect(outcomes(outer)).toEqual([
    ["quote.format", "fail"],
    ["quote.chain", "skip"],
  ]);
  expect(outer.malformed).toBe(true);
});

describe("of two verifications that found the same", () => {
  const simulated = "SIMULATED: the caller names the devices' root";

  test("both sentences are kept, so that a genuine quote does not hide a simulated device", () => {
    const [quote, devices] = [new Checks(), new Checks()];
    quote.pass("simulation", "the quote's root is genuine");
    devices.pass("simulation", simulated);
    for (const order of [
      [quote, devices],
      [devices, quote],
    ]) {
      const outer = new Checks();
      for (const inner of order) outer.include(inner);
      expect(outer.list).toHaveLength(1);
      expect(outer.list[0]).toMatchObject({ outcome: "pass", cause: expect.stringContaining(simulated) });
      expect(outer.list[0]?.cause).toContain("the quote's root is genuine");
    }
  });

  test("both remedies are kept, and what is said twice is said once", () => {
    const [quote, devices] = [new Checks(), new Checks()];
    quote.fail("simulation", "simulated", "name the platform's root");
    devices.fail("simulation", "simulated", "name the devices' root");
    const outer = new Checks();
    for (const inner of [quote, devices]) outer.include(inner);
    const remedy = "name the platform's root; name the devices' root";
    expect(outer.list).toEqual([{ id: "simulation", outcome: "fail", required: true, cause: "simulated", remedy }]);
  });

  test("a worse one still stands alone", () => {
    const [good, bad] = [new Checks(), new Checks()];
    good.pass("simulation", "fine");
    bad.fail("simulation", "refused", "remedy");
    for (const order of [
      [good, bad],
      [bad, good],
    ]) {
      const outer = new Checks();
      for (const inner of order) outer.include(inner);
      expect(outer.list).toEqual([
        { id: "simulation", outcome: "fail", required: true, cause: "refused", remedy: "remedy" },
      ]);
    }
  });
});

describe("ids", () => {
  test("are a closed set", () => {
    expect(isCheckId("quote.signature")).toBe(true);
    for (const name of ["quote.signatures", "toString", "__proto__", "constructor", ""])
      expect(isCheckId(name)).toBe(false);
  });

  test("that are links of the proof cannot be waived", () => {
    const links = [
      "quote.signature",
      "quote.chain",
      "quote.ak_binding",
      "collateral.signature",
      "quote.report_data",
      "simulation",
    ] as const;
    for (const id of links) expect(CHECKS[id].waivable).toBe(false);
  });
});
