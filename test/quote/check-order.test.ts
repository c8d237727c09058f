import { DEFAULT_POLICY } from "@countersign/client/policy";
import { quoteVerdict } from "@countersign/client/quote";
import { expect, test } from "vitest";
import { makePlatform } from "../support/simulated-platform/index.ts";
import { policyFor } from "./support/verify-made.ts";

/** The order in which a quote is verified; the same in every language. */
const ORDER = [
  "quote.format",
  "quote.header",
  "collateral.format",
  "quote.chain",
  "collateral.chain",
  "quote.revocation",
  "collateral.signature",
  "collateral.window",
  "collateral.age",
  "quote.qe_report",
  "quote.ak_binding",
  "quote.signature",
  "quote.qe_identity",
  "quote.module",
  "quote.tcb",
  "quote.debug",
  "quote.attributes",
  "quote.service_td",
  "platform.id",
  "quote.report_data",
  "measurement.mrtd",
  "measurement.rtmr0",
  "measurement.rtmr1",
  "measurement.rtmr2",
  "measurement.rtmr3",
  "measurement.mrseam",
  "measurement.mrconfigid",
  "measurement.mrowner",
  "measurement.mrownerconfig",
  "measurement.image",
  "simulation",
];

const OPTIONAL = ORDER.filter(
  (id) => id.startsWith("measurement.") || ["collateral.age", "platform.id", "quote.report_data"].includes(id),
);

const made = makePlatform();
const sgx = makePlatform({ quote: { header: { version: 3 } } });

test.each([
  ["all is well", { ...made, policy: policyFor(made) }],
  ["there is no collateral", { ...made, collateral: undefined, policy: policyFor(made) }],
  ["the collateral cannot be read", { ...made, collateral: "{", policy: policyFor(made) }],
  ["the quote cannot be read", { ...made, quote: new Uint8Array(3), policy: policyFor(made) }],
  ["there is no quote", { ...made, quote: new Uint8Array(0), policy: policyFor(made) }],
  ["the quote is of another kind", { ...sgx, policy: policyFor(made) }],
  ["the root is not trusted", { ...made, policy: DEFAULT_POLICY }],
  ["the clock is broken", { ...made, now: Number.NaN, policy: policyFor(made) }],
])("every check is there once and in order if %s", async (name, input) => {
  const verdict = await quoteVerdict(input);
  expect(verdict.checks.map(({ id }) => id)).toEqual(ORDER);
  expect(verdict.checks.filter(({ required }) => !required).map(({ id }) => id)).toEqual(OPTIONAL);
  expect(verdict.result === "accepted").toBe(name === "all is well");
  for (const { outcome, required, cause } of verdict.checks) {
    expect(cause).not.toBe("");
    if (outcome === "skip" && required) expect(verdict.result).not.toBe("accepted");
  }
});

test("a skipped check names what it needs", async () => {
  const verdict = await quoteVerdict({ ...made, collateral: undefined, policy: policyFor(made) });
  const causeOf = (id: string) => verdict.checks.find((check) => check.id === id)?.cause;
  expect(causeOf("collateral.format")).toContain("no collateral was given");
  expect(causeOf("collateral.chain")).toBe("needs collateral.format, which did not pass");
  expect(causeOf("quote.tcb")).toBe("needs collateral.signature, which did not pass");
});

test.each([
  ["no header", new Uint8Array(47), "malformed"],
  ["a header and nothing else", made.quote.slice(0, 48), "malformed"],
  ["another kind", sgx.quote, "rejected"],
])("bytes with %s are %s", async (_, quote, result) => {
  expect((await quoteVerdict({ ...made, quote, policy: policyFor(made) })).result).toBe(result);
});
