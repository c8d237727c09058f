import { parseCollateral } from "@countersign/client/quote";
import { CheckFailure } from "@countersign/client/verdict";
import { describe, expect, test } from "vitest";
import { type CollateralFields, makePlatform } from "../support/simulated-platform/index.ts";
import { failed, judgeMade } from "./support/verify-made.ts";

const { collateral } = makePlatform();
const fields = JSON.parse(collateral) as Readonly<Record<string, string>>;
const tcbInfo = fields["tcb_info"] ?? "";
const withField = (name: string, value: unknown): string => JSON.stringify({ ...fields, [name]: value });
const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
const withTcbInfo = (from: string | RegExp, to: string): string => {
  expect(tcbInfo).toMatch(from);
  return withField("tcb_info", tcbInfo.replace(from, to));
};

function refusal(text: string): CheckFailure | undefined {
  try {
    parseCollateral(text);
    return undefined;
  } catch (error) {
    if (error instanceof CheckFailure) return error;
    throw error;
  }
}

describe("a collateral container", () => {
  test("keeps the signed text byte for byte", () => {
    const bytes = parseCollateral(collateral).tcbInfo.signedBytes;
    expect(new TextDecoder().decode(bytes)).toBe(tcbInfo);
  });

  test("has its dates and numbers read", () => {
    const { content } = parseCollateral(collateral).tcbInfo;
    expect(content).toMatchObject({
      fmspc: "5e5e00000000",
      pceid: "0000",
      tcbEvaluationDataNumber: 17,
      issueDate: Date.UTC(2026, 1, 3, 3, 5, 6) / 1000,
    });
    expect(content.levels).toHaveLength(2);
  });

  test.each(Object.keys(fields))("is malformed without %s", (name) => {
    expect(refusal(withField(name, undefined))?.malformed).toBe(true);
  });

  test.each(Object.keys(fields))("is malformed with another type in %s", (name) => {
    for (const value of [null, 7, [fields[name]], { text: fields[name] }]) {
      expect(refusal(withField(name, value))?.malformed).toBe(true);
    }
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "collateral"],
    ["a list", "[]"],
    ["a string", '"text"'],
    ["two values", `${collateral}{}`],
    ["an unknown member", withField("tcbInfo", "{}")],
    ["a member in other case", collateral.replace('"pck_crl":', '"PCK_CRL":')],
    ["a member twice", collateral.replace("{", '{"pck_crl":"",')],
    ["a member twice, once escaped", collateral.replace("{", '{"pck\\u005fcrl":"",')],
    ["deep nesting", `${"[".repeat(100_000)}`],
    ["too many characters", `${collateral}${" ".repeat(1024 * 1024)}`],
    ["odd hex", withField("pck_crl", `${fields["pck_crl"]}0`)],
    ["no hex", withField("root_ca_crl", "zz")],
    ["a signature too short", withField("tcb_info_signature", fields["tcb_info_signature"]?.slice(2))],
    ["half a surrogate pair", withTcbInfo('"id":"TDX"', '"id":"TDX","comment":"\ud800"')],
    ["deep nesting that ends well", withField("pck_crl", deep(100_000)).replaceAll('"[', "[").replaceAll(']"', "]")],
    ["deep nesting in a signed text", withTcbInfo('"id":"TDX"', `"id":"TDX","comment":${deep(100_000)}`)],
  ])("is malformed as %s", (_, text) => {
    expect(refusal(text)?.malformed).toBe(true);
  });

  test("may bring a chain for the quote along, which does not count", async () => {
    const other = makePlatform({ certificates: {} });
    const container = (members: CollateralFields) => ({ ...members, pck_certificate_chain: "no chain" });
    const made = makePlatform({ container });
    expect(made.collateral).toContain("no chain");
    expect((await judgeMade(made)).result).toBe("accepted");
    // A quote under a root nobody names is not saved by a chain the collateral brings.
    const foreign = { ...other, rootCertificate: made.rootCertificate, collateral: made.collateral };
    expect(failed(await judgeMade(foreign))[0]).toBe("quote.chain");
  });
});

describe("TCB info", () => {
  test.each([
    ["a date that does not exist", withTcbInfo(/"nextUpdate":"[^"]*"/, '"nextUpdate":"2026-02-30T00:00:00Z"')],
    ["a date with an offset", withTcbInfo(/"nextUpdate":"[^"]*"/, '"nextUpdate":"2026-03-01T00:00:00+00:00"')],
    ["a date with a fraction", withTcbInfo(/"nextUpdate":"[^"]*"/, '"nextUpdate":"2026-03-01T00:00:00.5Z"')],
    ["a date without a time", withTcbInfo(/"nextUpdate":"[^"]*"/, '"nextUpdate":"2026-03-01"')],
    ["an SVN above 255", withTcbInfo('{"svn":5}', '{"svn":256}')],
    ["a negative SVN", withTcbInfo('{"svn":5}', '{"svn":-1}')],
    ["a fraction of an SVN", withTcbInfo('{"svn":5}', '{"svn":4.5}')],
    ["an SVN as text", withTcbInfo('{"svn":5}', '{"svn":"5"}')],
    ["no SVN", withTcbInfo('{"svn":5}', "{}")],
    ["seventeen components", withTcbInfo('{"svn":5}', '{"svn":5},{"svn":5}')],
    ["a PCESVN above its range", withTcbInfo('"pcesvn":11', '"pcesvn":65536')],
    ["a member twice", withTcbInfo('"tcbStatus":"UpToDate"', '"tcbStatus":"Revoked","tcbStatus":"UpToDate"')],
    ["another type", withTcbInfo('"tcbType":0', '"tcbType":1')],
    ["no levels", withTcbInfo(/"tcbLevels":\[\{"tcb":\{"sgx.*\]/, '"tcbLevels":[]')],
    ["an FMSPC too short", withTcbInfo("5E5E00000000", "5E5E000000")],
    ["an advisory that is none", withTcbInfo("SIM-SA-00001", "SIM\\nSA")],
    ["a status that is none", withTcbInfo('"UpToDate"', '"uptodate"')],
  ])("is malformed with %s", (_, text) => {
    expect(refusal(text)?.malformed).toBe(true);
  });

  test("for SGX is refused by name, and not malformed", () => {
    const failure = refusal(withTcbInfo('"id":"TDX"', '"id":"SGX"'));
    expect(failure?.malformed).toBe(false);
    expect(failure?.message).toContain("not for TDX");
  });

  test("may leave out module identities, and may say more than is read", () => {
    expect(refusal(withTcbInfo('"id":"TDX"', '"id":"TDX","comment":[{"a":1},{"a":2}]'))).toBeUndefined();
    expect(refusal(withTcbInfo(/"tdxModuleIdentities":\[.*?\]\}\],/, ""))).toBeUndefined();
  });
});
