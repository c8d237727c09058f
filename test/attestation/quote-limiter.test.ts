import { describe, expect, it } from "vitest";
import { callerAddress, createQuoteLimiter } from "../../src/attestation/index.ts";
import { GatewayError } from "../../src/errors/index.ts";

function limiter(perSecond = 10, burst = 4, ownPerSecond = 2, ownBurst = 2) {
  let now = 0;
  const made = createQuoteLimiter(
    { total: { perSecond, burst }, perAddress: { perSecond: ownPerSecond, burst: ownBurst } },
    () => now,
  );
  const admitted = (address: string): boolean => {
    try {
      made.admit(address);
      return true;
    } catch (error) {
      if (error instanceof GatewayError && error.code === "rate_limited") return false;
      throw error;
    }
  };
  return { admitted, pass: (ms: number) => (now += ms), admit: made.admit };
}

describe("the limit on fresh quotes", () => {
  it("lets one address have its burst and no more, and gives it back by the clock", () => {
    const { admitted, pass } = limiter();
    expect([admitted("a"), admitted("a"), admitted("a")]).toEqual([true, true, false]);
    pass(499);
    expect(admitted("a")).toBe(false);
    pass(1);
    expect([admitted("a"), admitted("a")]).toEqual([true, false]);
  });

  it("holds for all addresses together", () => {
    const { admitted } = limiter();
    const addresses = ["a", "b", "c", "d", "e"];
    expect(addresses.map(admitted)).toEqual([true, true, true, true, false]);
  });

  it("does not charge an address for what all others used up", () => {
    const { admitted, pass } = limiter(10, 2, 2, 2);
    for (const address of ["a", "b"]) expect(admitted(address)).toBe(true);
    expect(admitted("c")).toBe(false);
    pass(200);
    expect([admitted("c"), admitted("c")]).toEqual([true, true]);
  });

  it("says when to come back", () => {
    const { admitted, admit } = limiter(10, 10, 0.25, 1);
    expect(admitted("a")).toBe(true);
    expect(() => admit("a")).toThrow(expect.objectContaining({ code: "rate_limited", retryAfterSeconds: 4 }));
  });

  it("still limits after ten thousand other addresses, and lets those through that owe nothing", () => {
    const { admitted, pass } = limiter(1e9, 1e9, 2, 1);
    expect(admitted("old")).toBe(true);
    pass(1000);
    for (let index = 0; index < 10_000; index++) expect(admitted(`address ${index}`)).toBe(true);
    // The newest addresses are remembered: each has used up its burst.
    expect(admitted("address 9999")).toBe(false);
    expect(admitted("old")).toBe(true);
  });
});

describe("what a caller is counted by", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:0db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    [undefined, "unknown"],
  ])("%s counts as %s", (address, counted) => {
    expect(callerAddress(address)).toBe(counted);
  });
});
