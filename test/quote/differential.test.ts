import { DEFAULT_POLICY, type Policy, TCB_STATUSES } from "@countersign/client/policy";
import { quoteVerdict } from "@countersign/client/quote";
import type { Verdict } from "@countersign/client/verdict";
import { describe, expect, test } from "vitest";
import {
  ACCEPTED,
  CHAIN_FAULTS,
  COLLATERAL_FAULTS,
  makePlatform,
  type PlatformOptions,
  QUOTE_FAULTS,
  STATUS_ROWS,
} from "../support/simulated-platform/index.ts";
import {
  type Divergence,
  LIBRARY_MERGES_OTHERWISE,
  LIBRARY_OVERLOOKS,
  LIBRARY_TOO_NARROW,
} from "./support/expected-divergences.ts";
import { current, dstack, type GenuineCase, outdated } from "./support/genuine.ts";
import { askOracle } from "./support/oracle.ts";
import { policyFor } from "./support/verify-made.ts";

/** The library leaves the status to its caller, and refuses what is revoked: so does this policy. */
const LENIENT: Pick<Policy, "tcb"> = {
  tcb: {
    accepted: TCB_STATUSES.filter((status) => status !== "Revoked"),
    advisories: [{ id: "SIM-SA-00001", reason: "of the comparison", expires: Number.MAX_SAFE_INTEGER }],
    minEvaluationNumber: undefined,
  },
};

interface Row {
  readonly name: string;
  readonly options: PlatformOptions;
}

const STATUSES: readonly Row[] = STATUS_ROWS.map(({ platform, module, qe }) => ({
  name: `${platform} / ${module} / ${qe}`,
  options: { status: { platform, module, qe } },
}));
const ROWS: readonly Row[] = [...ACCEPTED, ...QUOTE_FAULTS, ...CHAIN_FAULTS, ...COLLATERAL_FAULTS, ...STATUSES];

const mergedStatus = (verdict: Verdict): unknown => (verdict.facts["tcb"] as { status?: unknown } | undefined)?.status;

type Difference = "none" | "only ours accepts" | "only the library accepts" | "other status";

async function compare({ options }: Row): Promise<Difference> {
  const made = makePlatform(options);
  const ours = await quoteVerdict({ ...made, policy: policyFor(made, LENIENT) });
  const theirs = askOracle(made.quote, made.collateral, made.now, made.rootCertificate);
  const isAccepted = ours.result === "accepted";
  if (isAccepted !== theirs.accepted) return isAccepted ? "only ours accepts" : "only the library accepts";
  return theirs.accepted && theirs.status !== mergedStatus(ours) ? "other status" : "none";
}

const rowsOf = (divergences: readonly Divergence[]): string[] => divergences.flatMap(({ rows }) => rows).sort();

describe("against a foreign library, on simulated platforms", async () => {
  const differences = new Map<string, Difference>();
  for (const row of ROWS) differences.set(row.name, await compare(row));
  const named = (difference: Difference): string[] =>
    ROWS.map(({ name }) => name)
      .filter((name) => differences.get(name) === difference)
      .sort();

  // Each list is complete in both directions: a row that no longer differs has to leave it.
  test("nothing is accepted that the library rejects, but what is listed", () => {
    expect(named("only ours accepts")).toEqual(rowsOf(LIBRARY_TOO_NARROW));
  });

  test("what only the library accepts is listed with its reason", () => {
    expect(named("only the library accepts")).toEqual(rowsOf(LIBRARY_OVERLOOKS));
  });

  test("where both accept, the status is the same, but for what is listed", () => {
    expect(named("other status")).toEqual(rowsOf(LIBRARY_MERGES_OTHERWISE));
  });

  test("the rest, and that is most of it, is judged alike", () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
    expect(named("none").length).toBeGreaterThan(ROWS.length / 2);
  });

  // Not in the tables: from module version 1 on, TDX components 1 and 2 belong to the module's identity.
  test("only ours leaves TDX components 1 and 2 to the module's identity", async () => {
    const options: PlatformOptions = {
      tcbInfo: (document) => ({
        ...document,
        tcbLevels: document.tcbLevels.map((level) => ({
          ...level,
          tcb: {
            ...level.tcb,
            tdxtcbcomponents: level.tcb.tdxtcbcomponents.map((_, index) => ({ svn: index < 2 ? 99 : 0 })),
          },
        })),
      }),
    };
    expect(await compare({ name: "TDX components", options })).toBe("only ours accepts");
  });
});

describe.runIf(current && outdated && dstack)("against a foreign library, on genuine platforms", () => {
  const cases = { current, outdated, dstack } as Readonly<Record<string, GenuineCase>>;

  test.each(Object.keys(cases))("%s: verdict and status are the same", async (name) => {
    const sample = cases[name] as GenuineCase;
    const ours = await quoteVerdict({ ...sample, policy: { ...DEFAULT_POLICY, ...LENIENT } });
    const theirs = askOracle(sample.quote, sample.collateral, sample.now);
    expect(theirs.accepted).toBe(ours.result === "accepted");
    if (theirs.accepted) expect(theirs.status).toBe(mergedStatus(ours));
  });

  test.each([
    [
      "another platform's collateral",
      (): GenuineCase => ({ ...(outdated as GenuineCase), quote: cases["current"]?.quote as Uint8Array }),
      "none",
    ],
    ["a second too early", (): GenuineCase => ({ ...(current as GenuineCase), now: 1_750_329_146 }), "none"],
    // It does not date revocation lists, and compares with a clock that is not a number.
    [
      "a second after the revocation list",
      (): GenuineCase => ({ ...(current as GenuineCase), now: 1_752_919_236 }),
      "overlooked",
    ],
    ["no clock", (): GenuineCase => ({ ...(current as GenuineCase), now: Number.NaN }), "overlooked"],
  ] as const)("%s is rejected by ours, and the library's difference is known", async (_, sampleOf, difference) => {
    const sample = sampleOf();
    const ours = await quoteVerdict({ ...sample, policy: { ...DEFAULT_POLICY, ...LENIENT } });
    expect(ours.result).toBe("rejected");
    expect(askOracle(sample.quote, sample.collateral, sample.now).accepted).toBe(difference === "overlooked");
  });
});
