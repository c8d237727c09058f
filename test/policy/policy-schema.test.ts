import { readdirSync, readFileSync } from "node:fs";
import { parsePolicy } from "@countersign/client/policy";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ACCEPTED, policyOf, REFUSED } from "./policy-cases.ts";

const docs = new URL("../../docs/", import.meta.url);
const text = (name: string): string => readFileSync(new URL(name, docs), "utf8");
const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(
  JSON.parse(text("policy.schema.json")),
);
const examples = readdirSync(new URL("policies/", docs));

describe("the published schema", () => {
  it.each(ACCEPTED)("accepts %s", (_, members) => {
    const valid = validate(policyOf(members));
    expect(valid, JSON.stringify(validate.errors)).toBe(true);
  });

  it.each(REFUSED)("refuses %s", (_, __, members) => {
    expect(validate(policyOf(members))).toBe(false);
  });

  it("refuses what is not a mapping", () => {
    for (const value of [null, [], "version: 1", 1]) expect(validate(value)).toBe(false);
  });
});

describe("examples", () => {
  it("are there", () => {
    expect(examples.toSorted()).toEqual(["default.yaml", "gpu.yaml", "production.yaml", "simulated.yaml"]);
  });

  it.each(examples)("%s is valid for schema and parser", (name) => {
    const value: unknown = parse(text(`policies/${name}`));
    const valid = validate(value);
    expect(valid, JSON.stringify(validate.errors)).toBe(true);
    expect(() => parsePolicy(value)).not.toThrow();
  });

  it("that is called the default policy is it", async () => {
    const { DEFAULT_POLICY } = await import("@countersign/client/policy");
    expect(parsePolicy(parse(text("policies/default.yaml")))).toEqual(DEFAULT_POLICY);
  });

  it("of the page about policies is valid", () => {
    const [, example = ""] = /```yaml\n([^`]*)```/.exec(text("policy.md")) ?? [];
    expect(parsePolicy(parse(example))).toMatchObject({ name: "my application", production: true });
  });
});
