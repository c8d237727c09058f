import { stripVTControlCharacters } from "node:util";
import { renderVerdict } from "@countersign/client/report";
import { Checks } from "@countersign/client/verdict";
import { describe, expect, it } from "vitest";
import { malformedChecks, mixedChecks, NOW, verdictOf } from "./verdicts.ts";

const plain = { color: false, width: 100 };
const waive = [{ check: "quote.tcb" as const, reason: "planned", expires: NOW + 1 }];

function passing(): Checks {
  const checks = new Checks();
  checks.pass("quote.format", "version 4");
  return checks;
}

describe("a verdict for people", () => {
  it("shows every check by family, with cause, and the remedy where one is needed", () => {
    const verdict = verdictOf(mixedChecks(), { notes: ["nothing is pinned"], facts: { fmspc: "90c0" } }, { waive });
    expect(
      renderVerdict(verdict, { color: false, width: 116 }),
    ).toBe(`quote under the policy "default" at 2026-03-01T00:00:00.000Z

quote
  ✓ pass    quote.format       version 4, 5006 bytes
  - skip    quote.report_data  no expected value is given
  ! waived  quote.tcb          the platform is OutOfDate; waived until 2026-03-01T00:00:01.000Z: planned
                               → update its firmware (platform)

collateral
  ✗ skip    collateral.format  required, and not made: there is no collateral
                               → give collateral (operator)

gpu
  ✗ fail    gpu.mode           the device is not in protected mode
                               → switch the mode on (operator)

facts, as the evidence states them; not proven
  fmspc  90c0

notes
  - nothing is pinned

✗ Rejected: the policy "default" is not satisfied. Failed: gpu.mode. Required and not made: collateral.format.
`);
  });

  it("says in plain words that it accepts, and what was waived for it", () => {
    const checks = passing();
    checks.fail("quote.tcb", "the platform is OutOfDate");
    const lines = renderVerdict(verdictOf(checks, {}, { waive }), plain)
      .trimEnd()
      .split("\n");
    expect(lines.at(-1)).toBe('✓ Accepted: every required check holds under the policy "default". Waived: quote.tcb.');
  });

  it("says that an input cannot be read", async () => {
    const text = renderVerdict(verdictOf(await malformedChecks()), plain);
    expect(text.trimEnd().split("\n").at(-1)).toBe("✗ Malformed: the input cannot be read. Failed: quote.format.");
  });

  it("says in its first and last line that it is simulated, accepted or not", async () => {
    for (const checks of [passing(), mixedChecks(), await malformedChecks()]) {
      for (const color of [false, true]) {
        const lines = renderVerdict(verdictOf(checks, { simulated: true }), { color, width: 80 })
          .trimEnd()
          .split("\n");
        expect(lines[0]).toContain("SIMULATED TEE: this evidence proves nothing about hardware.");
        expect(lines.at(-1)).toBe(lines[0]);
      }
    }
    expect(renderVerdict(verdictOf(passing(), { simulated: true }), plain)).toContain("Accepted as a simulation");
    expect(renderVerdict(verdictOf(passing()), plain)).not.toMatch(/simulat/i);
  });

  it("names the first failures and counts the others", () => {
    const checks = new Checks();
    for (const id of ["quote.header", "quote.chain", "quote.tcb", "quote.debug", "quote.module", "gpu.mode"] as const) {
      checks.fail(id, "no");
    }
    const text = renderVerdict(verdictOf(checks), { color: false, width: 140 });
    expect(text).toContain("Failed: quote.header, quote.chain, quote.tcb, quote.debug and 2 more.");
  });

  it("shows facts of every kind, digests unbroken", () => {
    const digest = "ab".repeat(64);
    const facts = {
      digest,
      "tcb status": "UpToDate",
      advisories: [],
      numbers: [1, 2],
      absent: null,
      devices: [{ driver: "550", ok: true }, { driver: "551" }],
    };
    const text = renderVerdict(verdictOf(passing(), { facts }), { color: false, width: 40 });
    expect(text).toContain(`facts
  digest      ${digest}
  tcb status  UpToDate
  advisories  none
  numbers     1, 2
  absent      not stated
  devices
    0
      driver  550
      ok      true
    1
      driver  551
`);
  });

  it("folds what is wider than the terminal, and keeps the columns", () => {
    const checks = new Checks();
    checks.fail(
      "quote.tcb",
      "one two three four five six seven eight nine ten",
      "eleven twelve thirteen fourteen fifteen",
    );
    const text = renderVerdict(verdictOf(checks), { color: false, width: 60 });
    expect(text).toContain(`
  ✗ fail    quote.tcb  one two three four five six seven
                       eight nine ten
                       → eleven twelve thirteen fourteen
                         fifteen (platform)
`);
  });

  it.each([0, -1, 1, Number.NaN])("can be shown in %d columns", (width) => {
    expect(renderVerdict(verdictOf(mixedChecks()), { color: false, width })).toContain("quote.tcb");
  });

  it("uses colours only if it may", () => {
    const verdict = verdictOf(mixedChecks(), { notes: ["note"], facts: { a: "b" }, simulated: true });
    const colored = renderVerdict(verdict, { ...plain, color: true });
    expect(colored).toContain("\u001b[31m✗ fail  \u001b[0m");
    expect(colored).toContain("\u001b[32m✓ pass  \u001b[0m");
    expect(stripVTControlCharacters(colored)).toBe(renderVerdict(verdict, plain));
    expect(renderVerdict(verdict, plain)).not.toContain("\u001b");
  });
});

describe("texts from evidence", () => {
  const hostile = "a\u001b[2J\r\n✓ Accepted\u202e\u2028\u0085\u009b31m\u200bb";

  it("cannot leave their line, move the cursor or change the order of letters", () => {
    const checks = new Checks();
    checks.fail("quote.chain", hostile, hostile);
    checks.skip("quote.tcb", hostile, { remedy: hostile });
    const facts = { [hostile]: hostile, list: [hostile], deep: { [hostile]: { [hostile]: hostile } } };
    const verdict = verdictOf(checks, { facts, notes: [hostile] }, { name: hostile });
    const text = renderVerdict(verdict, { color: false, width: 400 });
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    const calm = renderVerdict(
      JSON.parse(JSON.stringify(verdict).replaceAll(JSON.stringify(hostile).slice(1, -1), "x")),
      {
        color: false,
        width: 400,
      },
    );
    expect(text.split("\n").length).toBe(calm.split("\n").length);
    expect(text.split("\n").filter((line) => line.startsWith("✓"))).toEqual([]);
  });
});
