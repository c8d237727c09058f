import { describe, expect, test } from "vitest";
import {
  ACCEPTED,
  CHAIN_FAULTS,
  COLLATERAL_FAULTS,
  type FaultRow,
  makePlatform,
  QUOTE_FAULTS,
} from "../support/simulated-platform/index.ts";
import { failed, judgeMade } from "./support/verify-made.ts";

/** Every signature around the fault is good, so nothing but the check in question can refuse. */
async function refuses({ options, checks }: FaultRow): Promise<void> {
  const verdict = await judgeMade(makePlatform(options));
  expect(verdict.result).not.toBe("accepted");
  // The first thing found is the fault itself, not something that happens to follow from it.
  expect(checks).toContain(failed(verdict)[0]);
}

describe("a simulated platform is accepted:", () => {
  test.each(ACCEPTED)("$name", async ({ options }) => {
    const verdict = await judgeMade(makePlatform(options));
    expect(failed(verdict)).toEqual([]);
    expect(verdict.result).toBe("accepted");
    expect(verdict.simulated).toBe(true);
  });
});

describe("a fault of the quote is refused:", () => {
  test.each(QUOTE_FAULTS)("$name", refuses);
});

describe("a fault of a certificate is refused:", () => {
  test.each(CHAIN_FAULTS)("$name", refuses);
});

describe("a fault of the collateral is refused:", () => {
  test.each(COLLATERAL_FAULTS)("$name", refuses);
});
