import { readFileSync } from "node:fs";
import { renderVerdict, verdictJson } from "@countersign/client/report";
import { CHECKS, Checks } from "@countersign/client/verdict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { malformedChecks, mixedChecks, verdictOf } from "./verdicts.ts";

const docs = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(docs("verdict.schema.json")));

describe("a verdict as JSON", () => {
  it("has its members in a fixed order", () => {
    const checks = new Checks();
    checks.fail("quote.tcb", "old", "update");
    expect(verdictJson(verdictOf(checks, { facts: { b: [1, null], a: { c: true } }, notes: ["n"] }))).toBe(`{
  "format": "countersign.verdict.v1",
  "subject": "quote",
  "result": "rejected",
  "simulated": false,
  "at": "2026-03-01T00:00:00.000Z",
  "policy": "default",
  "checks": [
    {
      "id": "quote.tcb",
      "outcome": "fail",
      "required": true,
      "cause": "old",
      "remedy": "update"
    }
  ],
  "facts": {
    "b": [
      1,
      null
    ],
    "a": {
      "c": true
    }
  },
  "notes": [
    "n"
  ]
}`);
  });

  it("is of the published schema, and says what the verdict says", async () => {
    for (const checks of [mixedChecks(), await malformedChecks()]) {
      const verdict = verdictOf(checks, { simulated: true, facts: { list: [{ a: 1 }] } });
      const parsed: unknown = JSON.parse(verdictJson(verdict));
      expect(parsed).toEqual(verdict);
      expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it("has nothing in it that a terminal obeys", () => {
    const hostile = "\u001b[2J\u009b31m\u007f\u202e\u2028\n\t\u{e0001}\u00e9";
    const checks = new Checks();
    checks.fail("quote.tcb", hostile, hostile);
    const text = verdictJson(verdictOf(checks, { facts: { [hostile]: hostile }, notes: [hostile] }));
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(text).notes).toEqual([hostile]);
    expect(Object.keys(JSON.parse(text).facts)).toEqual([hostile]);
  });
});

describe("the page about verdicts", () => {
  it("has every check, each once", () => {
    const ids = [...docs("verdict.md").matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
    expect(ids.toSorted()).toEqual(Object.keys(CHECKS).toSorted());
  });

  it("shows an example of the published schema", () => {
    const [, example = ""] = /```json\n([^`]*)```/.exec(docs("verdict.md")) ?? [];
    expect(validate(JSON.parse(example)), JSON.stringify(validate.errors)).toBe(true);
  });

  it("knows a family for every check", () => {
    for (const id of Object.keys(CHECKS) as (keyof typeof CHECKS)[]) {
      const checks = new Checks();
      checks.pass(id, "yes");
      expect(renderVerdict(verdictOf(checks), { color: false, width: 100 })).toContain(`✓ pass    ${id}  yes`);
    }
  });
});

describe("the published schema", () => {
  it.each([
    ["another format", { format: "countersign.verdict.v2" }],
    ["an unknown result", { result: "ok" }],
    ["an unknown check", { checks: [{ id: "quote.magic", outcome: "pass", required: true, cause: "" }] }],
    ["an unknown outcome", { checks: [{ id: "quote.tcb", outcome: "maybe", required: true, cause: "" }] }],
    ["a check without a cause", { checks: [{ id: "quote.tcb", outcome: "pass", required: true }] }],
    ["no word on simulation", { simulated: undefined }],
  ])("refuses %s", (_, change) => {
    const changed: unknown = JSON.parse(JSON.stringify({ ...verdictOf(mixedChecks()), ...change }));
    expect(validate(changed)).toBe(false);
  });
});
