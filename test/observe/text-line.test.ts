import { describe, expect, it } from "vitest";
import { textLine } from "../../src/observe/text-line.ts";

function line(fields: Record<string, unknown>): string {
  return textLine(JSON.stringify({ level: 30, time: "2026-11-21T09:00:00.000Z", event: "exchange", ...fields }));
}

const HEAD = "2026-11-21T09:00:00.000Z info  exchange";

it("shows time, level, event and fields", () => {
  expect(line({ status: "complete", bytes: 12, ok: true, none: null })).toBe(
    `${HEAD} status=complete bytes=12 ok=true none=null\n`,
  );
  expect(textLine('{"level":50,"time":"t","event":"e"}')).toBe("t error e\n");
  expect(textLine('{"level":35,"time":"t","event":"e"}')).toBe("t 35 e\n");
});

it("leaves plain values without quotes", () => {
  expect(line({ id: "rcpt-1", url: "http://h:8000/v1", at: "a@b+c_d" })).toBe(
    `${HEAD} id=rcpt-1 url=http://h:8000/v1 at=a@b+c_d\n`,
  );
});

describe("a value from outside", () => {
  it.each([
    "x\n2026-11-21T09:00:00.000Z info  exchange status=complete",
    "x\r\nforged=1",
    "x forged=1",
    'x" forged="1',
    "x\\",
    "",
    "=",
    "a=b",
    "x\u001b[2Jcleared",
    "x\u009b2Jcleared",
    "x\u0085forged",
    "x\u2028forged\u2029",
    "x\u202eforged",
    "x\u0000",
    "x\u007f",
    "x\ud800",
    "\ufeffx",
    "x\u{e0001}",
  ])("%j cannot forge a field or a line, and can be read back", (value) => {
    const written = line({ value, last: 1 });
    expect(written).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*\n$/u);
    const [, quoted = ""] = /^\S+ info {2}exchange value=("(?:[^"\\]|\\.)*") last=1\n$/.exec(written) ?? [];
    expect(JSON.parse(quoted)).toBe(value);
  });

  it("stays readable where it is only not ASCII", () => {
    expect(line({ name: "modèle ✓😀" })).toBe(`${HEAD} name="modèle ✓😀"\n`);
  });
});
