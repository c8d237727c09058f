import { describe, expect, it } from "vitest";
import { suggest } from "../../src/config/suggestion.ts";

const known = ["listen.host", "listen.port", "log.level", "mode", "tls.port", "limits"];

describe("did you mean", () => {
  it.each([
    ["mdoe", "mode"],
    ["mod", "mode"],
    ["modes", "mode"],
    ["node", "mode"],
    ["LIMITS", "limits"],
    ["listen.prot", "listen.port"],
    ["lisen.hsot", "listen.host"],
    ["level", "log.level"],
    ["port", undefined],
    ["xxxx", undefined],
    ["", undefined],
    [`${"x".repeat(64)}mode`, undefined],
  ])("%j: %s", (unknown, expected) => {
    expect(suggest(unknown, known)).toBe(expected);
  });

  it("takes the nearest, the first of equals", () => {
    expect(suggest("bat", ["cat", "bath", "rat"])).toBe("cat");
    expect(suggest("batt", ["cat", "bats"])).toBe("bats");
  });
});
