import { DEFAULT_POLICY, type ImageMeasurements, type MeasurementName, type Policy } from "@countersign/client/policy";
import { quoteVerdict } from "@countersign/client/quote";
import { describe, expect, test } from "vitest";
import { makePlatform, NOW } from "../support/simulated-platform/index.ts";
import { check, failed, judgeMade, policyFor } from "./support/verify-made.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const DAY = 86_400;

const made = makePlatform();
const facts = (await judgeMade(made)).facts as Readonly<Record<MeasurementName, string>>;
const OTHER = "ab".repeat(48);

const outcome = async (id: Parameters<typeof check>[1], changes: Partial<Policy>, platform = made) => {
  const verdict = await judgeMade(platform, changes);
  expect(verdict.result).toBe(check(verdict, id)?.outcome === "pass" ? "accepted" : "rejected");
  return check(verdict, id)?.outcome;
};

describe("a measurement", () => {
  const names: MeasurementName[] = [
    "mrtd",
    "rtmr0",
    "rtmr1",
    "rtmr2",
    "rtmr3",
    "mrseam",
    "mrconfigid",
    "mrowner",
    "mrownerconfig",
  ];
  test.each(names)("%s passes only with a value the policy names", async (name) => {
    const id = `measurement.${name}` as const;
    const pin = (...values: string[]) => ({ measurements: { values: { [name]: values }, images: undefined } });
    expect(await outcome(id, pin(OTHER, facts[name]))).toBe("pass");
    expect(await outcome(id, pin(OTHER))).toBe("fail");
    expect(await outcome(id, pin())).toBe("fail");
  });

  test("that is not pinned is skipped, and a policy that requires it is not met", async () => {
    expect(check(await judgeMade(made), "measurement.mrtd")).toMatchObject({ outcome: "skip", required: false });
    const verdict = await judgeMade(made, { require: ["measurement.mrtd"] });
    expect(verdict.result).toBe("rejected");
  });

  test("counts as part of a whole image: registers of two images never mix", async () => {
    const image: ImageMeasurements = { name: "ours", ...pick(facts) };
    const images = (...rows: ImageMeasurements[]) => ({ measurements: { values: {}, images: rows } });
    const id = "measurement.image";
    expect(await outcome(id, images({ ...image, mrtd: OTHER }, image))).toBe("pass");
    const halves = [
      { ...image, rtmr2: OTHER },
      { ...image, mrtd: OTHER, rtmr0: OTHER },
    ];
    expect(await outcome(id, images(...halves))).toBe("fail");
    expect(await outcome(id, images())).toBe("fail");
  });
});

function pick({ mrtd, rtmr0, rtmr1, rtmr2 }: Readonly<Record<MeasurementName, string>>) {
  return { mrtd, rtmr0, rtmr1, rtmr2 };
}

describe("report data", () => {
  const judge = (expectedReportData: Uint8Array) =>
    quoteVerdict({ ...made, policy: policyFor(made), expectedReportData });

  test("passes if all 64 bytes are the expected ones", async () => {
    expect((await judge(made.reportData)).result).toBe("accepted");
  });

  test.each([0, 31, 32, 63])("fails if only byte %d differs", async (index) => {
    const expected = made.reportData.slice();
    expected[index] = (expected[index] ?? 0) ^ 1;
    expect(failed(await judge(expected))).toEqual(["quote.report_data"]);
  });

  test.each([0, 32, 63, 65])("fails against %d bytes", async (length) => {
    const expected = new Uint8Array(length);
    expected.set(made.reportData.subarray(0, length));
    expect(failed(await judge(expected))).toEqual(["quote.report_data"]);
  });

  test("that nobody expects is skipped, and the verdict says so", async () => {
    const verdict = await quoteVerdict({ ...made, policy: policyFor(made) });
    expect(check(verdict, "quote.report_data")).toMatchObject({ outcome: "skip", required: false });
    expect(verdict.notes.join()).toContain("report data was not compared");
  });
});

describe("the machine", () => {
  const machine = (platform: Partial<Policy["platform"]>): Partial<Policy> => ({
    platform: { ...DEFAULT_POLICY.platform, ...platform },
  });
  const ppid = hex(made.material.ppid);
  const instanceId = hex(made.material.platformInstanceId);
  const other = "cd".repeat(16);

  test.each([
    ["its FMSPC", machine({ fmspc: ["000000000000", "5e5e00000000"] }), "pass"],
    ["another FMSPC", machine({ fmspc: ["000000000000"] }), "fail"],
    ["no FMSPC", machine({ fmspc: [] }), "fail"],
    ["its instance id", machine({ instanceIds: [other, instanceId] }), "pass"],
    ["another instance id", machine({ instanceIds: [other] }), "fail"],
    ["its PPID, which does not count beside an instance id", machine({ ppids: [ppid] }), "fail"],
    ["another instance id and its PPID", machine({ instanceIds: [other], ppids: [ppid] }), "fail"],
    ["its instance id and another FMSPC", machine({ instanceIds: [instanceId], fmspc: ["000000000000"] }), "fail"],
  ] as const)("is judged by %s", async (_, policy, expected) => {
    expect(await outcome("platform.id", policy)).toBe(expected);
  });

  test("is not named in verdicts", async () => {
    const text = JSON.stringify(await judgeMade(made, machine({ instanceIds: [other], ppids: [other] })));
    expect(text).not.toContain(ppid);
    expect(text).not.toContain(instanceId);
  });
});

describe("collateral", () => {
  const aged = (maxAgeSeconds: number) => ({ collateral: { maxAgeSeconds } });
  const evaluated = (minEvaluationNumber: number) => ({ tcb: { ...DEFAULT_POLICY.tcb, minEvaluationNumber } });

  test("may be as old as the policy says", async () => {
    // Issued an hour before NOW.
    expect(await outcome("collateral.age", aged(3600))).toBe("pass");
    expect(await outcome("collateral.age", aged(3599))).toBe("fail");
  });

  test("has the evaluation number the policy asks, in both documents", async () => {
    expect(await outcome("collateral.age", evaluated(17))).toBe("pass");
    expect(await outcome("collateral.age", evaluated(18))).toBe("fail");
    const newer = { tcbEvaluationDataNumber: 18 };
    const one = makePlatform({ tcbInfo: (document) => ({ ...document, ...newer }) });
    expect(await outcome("collateral.age", evaluated(18), one)).toBe("fail");
    const both = makePlatform({
      tcbInfo: (document) => ({ ...document, ...newer }),
      enclaveIdentity: (document) => ({ ...document, ...newer }),
    });
    expect(await outcome("collateral.age", evaluated(18), both)).toBe("pass");
  });

  test.each([
    [NOW - 3600, "accepted"],
    [NOW - 3601, "rejected"],
    [NOW + 30 * DAY, "accepted"],
    [NOW + 30 * DAY + 1, "rejected"],
  ])("at %d, an end of its window or a second beyond, is %s", async (now, result) => {
    expect((await quoteVerdict({ ...made, now, policy: policyFor(made) })).result).toBe(result);
  });

  test.each([
    ["issued in the future", NOW - 3600 - 60],
    ["expired", NOW + 30 * DAY + 60],
  ])("%s counts within the clock's leeway only", async (_, now) => {
    const judge = (skewSeconds: number) =>
      quoteVerdict({ ...made, now, policy: policyFor(made, { clock: { skewSeconds } }) });
    // The end of the window is a whole number of days after it began, or after NOW; 3660 seconds cover both.
    expect((await judge(3660)).result).toBe("accepted");
    expect((await judge(0)).result).toBe("rejected");
  });
});

describe("a domain in debug mode", () => {
  const debug = makePlatform({ quote: { body: { tdAttributes: Uint8Array.of(1, 0, 0, 16, 0, 0, 0, 0) } } });

  test("passes only if the policy allows it, and the verdict says so either way", async () => {
    const refused = await judgeMade(debug);
    expect(failed(refused)).toEqual(["quote.debug"]);
    const allowed = await judgeMade(debug, { debug: true });
    expect(allowed.result).toBe("accepted");
    expect(allowed.facts["debug"]).toBe(true);
    expect(allowed.notes.join()).toContain("debug mode");
  });

  test("is no excuse for a quoting enclave in debug mode", async () => {
    const attributes = new Uint8Array(Buffer.from("17000000000000000700000000000000", "hex"));
    const enclave = makePlatform({ quote: { qeReport: { attributes } } });
    expect(failed(await judgeMade(enclave, { debug: true }))).toContain("quote.debug");
  });

  test("has a quoting enclave in debug mode refused even if the collateral's mask leaves the bit out", async () => {
    const attributes = new Uint8Array(Buffer.from("17000000000000000700000000000000", "hex"));
    const enclave = makePlatform({
      quote: { qeReport: { attributes } },
      enclaveIdentity: (document) => ({ ...document, attributesMask: `F9${document.attributesMask.slice(2)}` }),
    });
    expect(failed(await judgeMade(enclave))).toEqual(["quote.debug"]);
  });
});

test("a service domain passes only if the policy names it", async () => {
  const mrServiceTd = new Uint8Array(48).fill(7);
  const bound = makePlatform({ quote: { format: "v5-td15", body: { mrServiceTd } } });
  expect(await outcome("quote.service_td", { serviceTd: [hex(mrServiceTd)] }, bound)).toBe("pass");
  expect(await outcome("quote.service_td", { serviceTd: [OTHER] }, bound)).toBe("fail");
});

test("a policy that pins nothing has its verdict say what that leaves open", async () => {
  const notes = (changes: Partial<Policy>) => judgeMade(made, changes).then((verdict) => verdict.notes.join());
  expect(await notes({})).toContain("some trust domain on a current platform signed these bytes");
  const values = { mrtd: [facts.mrtd] };
  expect(await notes({ measurements: { values, images: undefined } })).not.toContain("some trust domain");
});

test("attributes of the domain that fail say which of them", async () => {
  const cause = async (...tdAttributes: number[]) => {
    const body = { tdAttributes: Uint8Array.from(tdAttributes) };
    return check(await judgeMade(makePlatform({ quote: { body } })), "quote.attributes")?.cause;
  };
  expect(await cause(0x02, 0, 0, 0x10, 0, 0, 0, 0)).toContain("debug or profiling");
  expect(await cause(0, 0, 0, 0, 0, 0, 0, 0)).toContain("SEPT_VE_DISABLE");
  expect(await cause(0, 0, 0, 0x30, 0, 0, 0, 0)).toContain("reserved");
  expect(await cause(0, 0, 0, 0xd0, 0, 0, 0, 0x80)).toContain("production");
});
