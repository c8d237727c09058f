import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";
import { CheckFailure, Checks, concludeVerdict, type Verdict } from "@countersign/client/verdict";
import { describe, expect, test } from "vitest";

const NOW = 1_700_000_000;

function conclude(record: (checks: Checks) => void, policy: Partial<Policy> = {}, now = NOW): Verdict {
  const checks = new Checks();
  record(checks);
  return concludeVerdict({
    subject: "quote",
    checks,
    policy: { ...DEFAULT_POLICY, ...policy },
    now,
    simulated: false,
    facts: {},
  });
}

const passing = (checks: Checks) => checks.pass("quote.chain", "fine");
const failing = (checks: Checks) => {
  passing(checks);
  checks.fail("quote.tcb", "out of date", "update it");
};
const waiver = (expires: number, check: Policy["waive"][number]["check"] = "quote.tcb"): Partial<Policy> => ({
  waive: [{ check, reason: "update is planned", expires }],
});

describe("a verdict", () => {
  test("is accepted if every check passed", () => {
    expect(conclude(passing)).toMatchObject({ format: "countersign.verdict.v1", result: "accepted" });
  });

  test("is rejected if a check failed", () => {
    expect(conclude(failing).result).toBe("rejected");
  });

  test("is rejected if a required check was skipped", () => {
    const skipping = (required: boolean) => (checks: Checks) => {
      passing(checks);
      checks.skip("quote.revocation", "no list", { required });
    };
    expect(conclude(skipping(true)).result).toBe("rejected");
    expect(conclude(skipping(false)).result).toBe("accepted");
  });

  test("is rejected if nothing was checked at all", () => {
    expect(conclude(() => {}).result).toBe("rejected");
  });

  test("is malformed if the input could not be read", async () => {
    const checks = new Checks();
    await checks.run("quote.format", () => Promise.reject(CheckFailure.malformed("bad bytes")));
    const verdict = concludeVerdict({
      subject: "quote",
      checks,
      policy: DEFAULT_POLICY,
      now: NOW,
      simulated: true,
      facts: {},
      notes: ["a note"],
    });
    expect(verdict).toMatchObject({ result: "malformed", simulated: true, notes: ["a note"] });
  });

  test("is plain JSON", () => {
    const verdict = conclude(failing, waiver(NOW));
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
  });

  test.each([
    [0, "1970-01-01T00:00:00.000Z"],
    [NOW, "2023-11-14T22:13:20.000Z"],
    [Number.NaN, "invalid"],
    [Number.POSITIVE_INFINITY, "invalid"],
    // Finite, and beyond what any calendar has.
    [1e300, "invalid"],
  ])("at %d says %s", (now, at) => {
    expect(conclude(passing, {}, now).at).toBe(at);
  });
});

describe("a policy that requires a check", () => {
  test("turns its skip into failure", () => {
    const skipping = (checks: Checks) => {
      passing(checks);
      checks.skip("measurement.mrtd", "not pinned", { required: false });
    };
    expect(conclude(skipping, { require: ["measurement.mrtd"] }).result).toBe("rejected");
  });

  test("is not met by evidence in which nobody made it", () => {
    const verdict = conclude(passing, { require: ["gpu.nras"] });
    expect(verdict.result).toBe("rejected");
    expect(verdict.checks.at(-1)).toMatchObject({ id: "gpu.nras", outcome: "skip", required: true });
  });
});

describe("a waiver", () => {
  test("accepts a failed judgement until its expiry, and shows", () => {
    const verdict = conclude(failing, waiver(NOW));
    expect(verdict.result).toBe("accepted");
    expect(verdict.checks[1]).toMatchObject({ outcome: "waived" });
    expect(verdict.checks[1]?.cause).toBe("out of date; waived until 2023-11-14T22:13:20.000Z: update is planned");
    expect(conclude(failing, waiver(NOW - 1)).result).toBe("rejected");
  });

  test("does not count at a moment that is not a number", () => {
    expect(conclude(failing, waiver(Number.MAX_SAFE_INTEGER), Number.NaN).result).toBe("rejected");
  });

  test("of another check does not count", () => {
    expect(conclude(failing, waiver(NOW, "quote.debug")).result).toBe("rejected");
  });

  test("of a link of the proof does not count", () => {
    const broken = (checks: Checks) => checks.fail("quote.signature", "forged");
    expect(conclude(broken, waiver(NOW, "quote.signature")).result).toBe("rejected");
  });

  test("beyond every calendar is no crash", () => {
    expect(conclude(failing, waiver(1e300)).checks[1]?.cause).toContain("waived until invalid");
  });

  test("changes nothing about a check that passed", () => {
    expect(conclude(passing, waiver(NOW, "quote.revocation")).checks).toEqual([
      { id: "quote.chain", outcome: "pass", required: true, cause: "fine" },
    ]);
  });
});
