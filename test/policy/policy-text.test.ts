import { readdirSync, readFileSync } from "node:fs";
import { DEFAULT_POLICY, parsePolicy, policyText } from "@countersign/client/policy";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ACCEPTED, policyOf } from "./policy-cases.ts";

const folder = new URL("../../docs/policies/", import.meta.url);

describe("the text of a policy", () => {
  it.each(ACCEPTED)("with %s reads as the same policy", (_, members) => {
    const policy = parsePolicy(policyOf(members));
    expect(parsePolicy(JSON.parse(policyText(policy)))).toEqual(policy);
  });

  it.each(readdirSync(folder))("of %s reads as the same policy, as YAML too", (name) => {
    const policy = parsePolicy(parse(readFileSync(new URL(name, folder), "utf8")));
    expect(parsePolicy(parse(`# a comment before it\n${policyText(policy)}`))).toEqual(policy);
  });

  it("leaves out what is default", () => {
    expect(JSON.parse(policyText(DEFAULT_POLICY))).toEqual({
      version: 1,
      name: "default",
      tcb: { accepted: ["UpToDate"] },
    });
  });
});
