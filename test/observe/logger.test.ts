import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createLogger, type Logger } from "../../src/observe/index.ts";

/** What a logger writes to its descriptor. */
function written(options: { level: string; format: "text" | "json" }, use: (log: Logger) => void): string {
  const folder = mkdtempSync(join(tmpdir(), "countersign-log-"));
  const path = join(folder, "log");
  const descriptor = openSync(path, "w");
  try {
    const log = createLogger({ ...options, descriptor });
    use(log);
    log.flush();
    return readFileSync(path, "utf8");
  } finally {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  }
}

function records(use: (log: Logger) => void, level = "debug"): Record<string, unknown>[] {
  return written({ level, format: "json" }, use)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the logger", () => {
  it("writes one JSON record a line, with an ISO time and no field it was not given", () => {
    const [record] = records((log) => log.info("exchange", { bytes: 3, none: undefined, text: "a\nb" }));
    expect(Object.keys(record ?? {}).sort()).toEqual(["bytes", "event", "level", "text", "time"]);
    expect(record).toMatchObject({ level: 30, event: "exchange", bytes: 3, text: "a\nb" });
    expect(record?.["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("holds back what is below its level", () => {
    const events = records((log) => {
      log.debug("a");
      log.info("b");
      log.warn("c");
      log.error("d");
      log.fault("e", new Error("x"));
    }, "warn").map(({ event, level }) => [event, level]);
    expect(events).toEqual([
      ["c", 40],
      ["d", 50],
      ["e", 50],
    ]);
  });

  it("does not treat events or fields as formats", () => {
    const [record] = records((log) => log.info("100%s %o %d", { text: "%s" }));
    expect(record).toMatchObject({ event: "100%s %o %d", text: "%s" });
  });

  it("writes the same as text", () => {
    const text = written({ level: "info", format: "text" }, (log) => log.warn("engine silent", { text: "a\nb=c" }));
    expect(text).toMatch(/^\S+Z warn {2}engine silent text="a\\nb=c"\n$/);
  });
});

describe("a fault", () => {
  const SECRET = "the prompt, SECRET";

  function fault(cause: unknown): Record<string, unknown> {
    return records((log) => log.fault("handler failed", cause, { request_id: "r" }))[0] ?? {};
  }

  function caught(work: () => unknown): unknown {
    try {
      work();
    } catch (thrown) {
      return thrown;
    }
    throw new Error("nothing was thrown");
  }

  it("says where it happened", () => {
    const record = fault(new RangeError("x"));
    expect(record).toMatchObject({ event: "handler failed", request_id: "r", error: "RangeError" });
    expect(record["stack"]).toMatch(/^at .*logger\.test\.ts:\d+:\d+/);
  });

  it.each([
    ["of a parser", () => JSON.parse(`${SECRET}{`)],
    ["of a library", () => Buffer.from([1]).readUInt32LE(SECRET as unknown as number)],
    ["with the text in its message", () => Promise.resolve().then.call(SECRET)],
    [
      "whose message looks like frames",
      () => {
        throw new Error(`x\n    at ${SECRET} (file.ts:1:2)\n    at ${SECRET}:3:4`);
      },
    ],
    [
      "whose stack was changed",
      () => {
        throw Object.assign(new Error("x"), { stack: `Error: y\n${SECRET}\n    at f (a.ts:1:2)` });
      },
    ],
    [
      "with the text as its code",
      () => {
        throw Object.assign(new Error("x"), { code: SECRET });
      },
    ],
    [
      "with the text in its cause",
      () => {
        throw new Error("x", { cause: new Error(SECRET) });
      },
    ],
  ])("%s does not carry content into the log", (_kind, work) => {
    const record = fault(caught(work));
    expect(JSON.stringify(record)).not.toContain("SECRET");
    expect(record["error"]).toMatch(/Error$/);
  });

  it.each([SECRET, undefined, null, 7, { message: SECRET }])("may be thrown as %o", (cause) => {
    const record = fault(cause);
    expect(JSON.stringify(record)).not.toContain("SECRET");
    expect(record["error"]).toBe(typeof cause);
  });

  it("keeps the code of a system error", () => {
    expect(fault(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }))).toMatchObject({
      error_code: "ECONNREFUSED",
    });
  });

  it("is one line of text", () => {
    const text = written({ level: "info", format: "text" }, (log) => log.fault("failed", new Error("x")));
    expect(text.match(/\n/g)).toHaveLength(1);
  });
});
