import { hash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AgentFault, faultFromEnvironment } from "../../../src/tee/simulated/agent/index.ts";
import { callAgent, callMethod } from "./call-agent.ts";
import { type TestMachine, testMachine } from "./test-machine.ts";

let machine: TestMachine;
beforeAll(() => {
  machine = testMachine();
});
afterAll(() => machine.close());

const started = async (fault: AgentFault) => (await machine.start({ fault })).socketPath;
const reportDataOf = (quote: unknown): string => Buffer.from(String(quote), "hex").subarray(568, 632).toString("hex");

describe("faults on the wire", () => {
  it.each([
    ["refuse", 400],
    ["not-found", 404],
  ] as const)("%s", async (kind, status) => {
    expect(await callAgent(await started({ kind }), "/Version")).toMatchObject({
      status,
      body: { error: "simulated fault" },
    });
  });

  it("html", async () => {
    const { status, headers, text } = await callAgent(await started({ kind: "html" }), "/GetQuote");
    expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type: "text/html" });
    expect(text).toMatch(/^<!doctype html>/);
  });

  it("chunked", async () => {
    const { headers, body } = await callAgent(await started({ kind: "chunked" }), "/Version");
    expect(headers["content-length"]).toBeUndefined();
    expect(headers["transfer-encoding"]).toBe("chunked");
    expect(body["version"]).toBe("0.6.0");
  });

  it("oversized", async () => {
    const { headers, text, body } = await callAgent(await started({ kind: "oversized" }), "/Version");
    expect(Number(headers["content-length"])).toBeGreaterThan(10 * 1024 * 1024);
    expect(text).toHaveLength(Number(headers["content-length"]));
    expect(body["version"]).toBe("0.6.0");
  });

  it("cut", async () => {
    await expect(callAgent(await started({ kind: "cut" }), "/GetQuote")).rejects.toThrow();
  });

  it("delay", async () => {
    const { body } = await callAgent(await started({ kind: "delay", milliseconds: 20 }), "/Version");
    expect(body["version"]).toBe("0.6.0");
  });

  it("hang, until the agent is closed", async () => {
    const agent = await machine.start({ fault: { kind: "hang", method: "GetQuote" } });
    // Once another answer has come, a quick one to this request would have come as well.
    const hanging = httpRequest({ socketPath: agent.socketPath, path: "/GetQuote", agent: false });
    let answered = false;
    const ended = new Promise<void>((resolve) => {
      hanging.on("response", () => {
        answered = true;
      });
      hanging.on("error", () => resolve());
    });
    hanging.end();
    await callAgent(agent.socketPath, "/Version");
    await callAgent(agent.socketPath, "/Version");
    await agent.close();
    await ended;
    expect(answered).toBe(false);
  });

  it("for one method only", async () => {
    const socketPath = await started({ kind: "refuse", method: "GetQuote" });
    expect((await callAgent(socketPath, "/GetQuote")).status).toBe(400);
    expect((await callAgent(socketPath, "/GetKey")).status).toBe(200);
    const tappd = await started({ kind: "refuse", method: "Tappd.RawQuote" });
    expect((await callAgent(tappd, "/prpc/Tappd.RawQuote")).body["error"]).toBe("simulated fault");
    await expect(started({ kind: "refuse", method: "Quote" })).rejects.toThrow(RangeError);
  });
});

describe("faults in quotes", () => {
  it("wrong-report-data: other than asked, in the last byte, while the answer says what was asked", async () => {
    const report_data = "77".repeat(64);
    const { body } = await callMethod(await started({ kind: "wrong-report-data" }), "/GetQuote", { report_data });
    expect(reportDataOf(body["quote"])).toBe(`${"77".repeat(63)}76`);
    expect(body["report_data"]).toBe(report_data);
  });

  it("truncated-quote", async () => {
    const { body } = await callMethod(await started({ kind: "truncated-quote" }), "/GetQuote");
    const whole = machine.platform.quote({ reportData: new Uint8Array(64) });
    expect(String(body["quote"]).length / 2).toBeLessThan(whole.length);
  });
});

describe("faults in the event log", () => {
  const registers = async (kind: AgentFault["kind"]) => {
    const agent = await machine.start({ fault: { kind } });
    const { body } = await callMethod(agent.socketPath, "/GetQuote");
    const rtmr3 = Buffer.from(String(body["quote"]), "hex").subarray(520, 568).toString("hex");
    return {
      rtmr3,
      entries: JSON.parse(String(body["event_log"])) as { event: string; event_payload: string; digest: string }[],
    };
  };

  it.each(["empty-digests", "extra-event", "duplicate-event"] as const)(
    "%s, and the register is the replay",
    async (kind) => {
      const { rtmr3, entries } = await registers(kind);
      let register = Buffer.alloc(48);
      for (const { event, event_payload } of entries) {
        const preimage = Buffer.concat([
          Buffer.from("01000008", "hex"),
          Buffer.from(`:${event}:`),
          Buffer.from(event_payload, "hex"),
        ]);
        const digest = hash("sha384", preimage, "buffer");
        register = Buffer.from(hash("sha384", Buffer.concat([register, digest]), "buffer"));
      }
      expect(register.toString("hex")).toBe(rtmr3);
      const names = entries.map(({ event }) => event);
      if (kind === "empty-digests") expect(entries.every(({ digest }) => digest === "")).toBe(true);
      if (kind === "extra-event") expect(names.indexOf("system-ready")).toBe(names.length - 2);
      if (kind === "duplicate-event") expect(names.filter((name) => name === "compose-hash")).toHaveLength(2);
    },
  );
});

describe("COUNTERSIGN_SIMULATOR_FAULT", () => {
  it.each<[string | undefined, AgentFault | undefined]>([
    [undefined, undefined],
    ["", undefined],
    ["hang", { kind: "hang" }],
    ["delay:2500", { kind: "delay", milliseconds: 2500 }],
    ["html@GetQuote", { kind: "html", method: "GetQuote" }],
    ["delay:5@Tappd.TdxQuote", { kind: "delay", milliseconds: 5, method: "Tappd.TdxQuote" }],
    ["duplicate-event", { kind: "duplicate-event" }],
  ])("%s", (text, fault) => {
    expect(faultFromEnvironment({ COUNTERSIGN_SIMULATOR_FAULT: text })).toEqual(fault);
  });

  it.each(["explode", "hang:5", "delay:", "delay:x", "hang@", "hang ", "delay:99999999"])("refuses %j", (text) => {
    expect(() => faultFromEnvironment({ COUNTERSIGN_SIMULATOR_FAULT: text })).toThrow(RangeError);
  });
});
