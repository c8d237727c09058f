import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { verifyHelp } from "../../src/cli/verify/index.ts";
import { verdictOf, verifyHere, verifyProcess } from "./run-verify.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-verify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const some = file("some.bin", Uint8Array.of(4, 0, 2, 0));
mkdirSync(join(folder, "directory"));

describe("wrong usage exits with 2 and prints nothing to standard output", () => {
  it("in a process of its own", async () => {
    const run = await verifyProcess("quote");
    expect(run).toMatchObject({ status: 2, out: "" });
    expect(run.err).toBe(
      "countersign verify quote: give one file with a quote\nSee `countersign verify quote --help`.\n",
    );
  });

  it.each([
    ["no form", [], "say what to verify: url, quote, gpu, "],
    ["an unknown form", ["quotes", some], "did you mean quote?"],
    ["a file without a form", [some], "say what to verify"],
    ["receipts", ["receipt", some], "receipts come with a later version"],
    ["two files", ["quote", some, some], "give one file"],
    ["an unknown flag", ["quote", some, "--colateral", some], "--colateral"],
    ["a flag without its value", ["quote", some, "--at"], "--at"],
    ["a flag twice", ["quote", some, "--at", "1", "--at", "2"], "--at is given twice"],
    ["a value for a flag that has none", ["quote", some, "--json=yes"], "--json"],
    ["a file that is not there", ["quote", join(folder, "absent")], "cannot be read (ENOENT)"],
    ["a directory", ["quote", join(folder, "directory")], "is not a file"],
    ["a device", ["quote", "/dev/zero"], "is not a file"],
    ["collateral that is not there", ["quote", some, "--collateral", join(folder, "absent")], "ENOENT"],
    ["short report data", ["quote", some, "--report-data", "00"], "--report-data is 64 bytes, 128 hex digits"],
    ["report data that is not hex", ["quote", some, "--report-data", "zz".repeat(64)], "--report-data"],
    ["a short nonce", ["gpu", some, "--nonce", "00"], "--nonce is 32 bytes"],
    ["NaN as the time", ["quote", some, "--at", "NaN"], "--at is a time such as"],
    ["a time without an offset", ["quote", some, "--at", "2026-03-01T00:00:00"], "--at is a time such as"],
    ["a day that does not exist", ["quote", some, "--at", "2026-02-30T00:00:00Z"], "--at is a time such as"],
    ["a time after all certificates", ["quote", some, "--at", "253402300800"], "--at is a time such as"],
    ["a time before 1970", ["quote", some, "--at", "-1"], "--at"],
    ["a root that is none", ["quote", some, "--root", some], "is not one PEM certificate"],
    ["a root that is not there", ["quote", some, "--root", join(folder, "absent")], "ENOENT"],
  ])("%s", async (_, argv, message) => {
    const run = await verifyHere(...argv);
    expect(run).toMatchObject({ status: 2, out: "" });
    expect(run.err).toContain(message);
  });
});

describe("a policy file that cannot be read exits with 2", () => {
  it.each([
    ["a key twice", "version: 1\ndebug: false\ndebug: true\n", "line 3: a key stands twice"],
    ["a key twice in JSON", '{"version": 1, "debug": false, "debug": true}', "a key stands twice"],
    ["an inner key twice", "version: 1\ntcb:\n  accepted: [UpToDate]\n  accepted: [OutOfDate]\n", "a key stands twice"],
    ["an alias", "version: 1\nroots: &a []\nservice_td: *a\n", "anchors, aliases and tags"],
    ["a tag", "version: !!int 1\n", "anchors, aliases and tags"],
    ["two documents", "version: 1\n---\nversion: 1\n", "not YAML"],
    ["no YAML", "version: [1\n", "not YAML"],
    ["nothing", "", "policy: found no value"],
    ["an unknown member", "version: 1\ntbc: {}\n", "did you mean tcb?"],
    ["hex that YAML reads as a number", "version: 1\nplatform:\n  fmspc: [90e061000000]\n", "put hex digits in quotes"],
    ["Revoked", "version: 1\ntcb:\n  accepted: [Revoked]\n", "tcb.accepted[0]: Revoked cannot be accepted"],
    ["great depth", `version: ${"[".repeat(30_000)}`, "policy file"],
    ["great size", `version: 1\n#${" ".repeat(64 * 1024)}`, "larger than 65536 bytes"],
    ["no text", Uint8Array.of(0xff, 0xfe), "not UTF-8"],
    [
      "a root file that is not there",
      `version: 1\nroots:\n  - { kind: tdx, simulated: true, fingerprint: "${"00".repeat(32)}", pem_file: absent.pem }\n`,
      "roots[0].pem_file: the file cannot be read",
    ],
  ])("because of %s", async (_, content, message) => {
    const run = await verifyHere("quote", some, "--policy", file("policy.yaml", content));
    expect(run).toMatchObject({ status: 2, out: "" });
    expect(run.err).toContain(message);
    expect(run.err.length).toBeLessThan(1000);
  });
});

describe("input that cannot be read exits with 30, with a verdict", () => {
  it("in a process of its own", async () => {
    const run = await verifyProcess("quote", some, "--json");
    expect(run).toMatchObject({ status: 30, err: "" });
    expect(verdictOf(run)).toMatchObject({ format: "countersign.verdict.v1", result: "malformed", subject: "quote" });
  });

  it.each([
    ["quote", "an empty file", ""],
    ["quote", "half a JSON document", "{"],
    ["quote", "JSON without a quote", "{}"],
    ["quote", "a quote that is no text", '{"quote": 1}'],
    ["quote", "a quote that is not hex", '{"quote": "zz"}'],
    ["quote", "two quotes", '{"quote": "00", "intel_quote": "00"}'],
    ["quote", "an event log that is a number", '{"quote": "00", "event_log": 1}'],
    ["quote", "a short quote in hex", "00"],
    ["quote", "half a byte", "abc"],
    ["quote", "text", "hello"],
    ["quote", "a file that is too large", " ".repeat(9 * 1024 * 1024)],
    ["gpu", "JSON without evidence", "{}"],
    ["gpu", "an entry that is a number", "[1]"],
    ["gpu", "half a payload", '{"nvidia_payload": "{"}'],
    ["gpu", "a file that is too large", " ".repeat(9 * 1024 * 1024)],
    ["bundle", "an object that is no bundle", "{}"],
    ["bundle", "an empty file", ""],
  ])("%s: %s", async (form, _, content) => {
    const run = await verifyHere(form, file("input", content), "--json");
    expect([run.status, run.err, verdictOf(run).result]).toEqual([30, "", "malformed"]);
  });

  it("says so of collateral, too", async () => {
    const run = await verifyHere("quote", some, "--collateral", file("c", Uint8Array.of(0xff)), "--json");
    expect([run.status, verdictOf(run).checks[0]?.id]).toEqual([30, "collateral.format"]);
  });
});

describe("help", () => {
  it.each(["quote", "gpu", "cert", "bundle"])(
    "of %s names its options, an example and the exit statuses",
    async (form) => {
      const text = await verifyHelp(form);
      for (const part of [`countersign verify ${form} `, "--policy <file>", "--allow-simulated", "Examples:", "30 "]) {
        expect(text).toContain(part);
      }
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(132);
    },
  );

  it("is printed by the command", async () => {
    const run = await verifyProcess("gpu", "--help");
    expect(run).toEqual({ status: 0, out: await verifyHelp("gpu"), err: "" });
  });

  it("of a gateway is found by a word and by a URL", async () => {
    expect(await verifyHelp("url")).toContain("--save <file>");
    expect(await verifyHelp("https://gateway.example")).toBe(await verifyHelp("url"));
  });

  it("in general lists every form", async () => {
    expect(await verifyHelp()).toContain("quote <file>");
  });
});
