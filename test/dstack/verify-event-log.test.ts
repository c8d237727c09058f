import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  mrConfigIdV1,
  parseEventLog,
  replayEventLog,
  verifyEventLog,
} from "../../clients/typescript/src/dstack/index.ts";
import { DEFAULT_POLICY, type Policy } from "../../clients/typescript/src/policy/index.ts";
import { type CheckId, Checks, concludeVerdict } from "../../clients/typescript/src/verdict/index.ts";
import { sharedVectors } from "../support/shared-vectors.ts";
import { dstackVectors, type VectorEvent } from "./dstack-vectors.ts";
import { BOOT, bytes, eventLogText, hex, plainEvent } from "./event-log-text.ts";

const ZERO = new Uint8Array(48);
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

interface Subject {
  readonly eventLog: string | undefined;
  /** Default: what the log replays to. */
  readonly rtmr?: readonly Uint8Array[];
  readonly mrConfigId?: Uint8Array;
  readonly appCompose?: string;
  readonly app?: Partial<Policy["app"]>;
  readonly require?: readonly CheckId[];
}

async function verify({ eventLog, rtmr, mrConfigId = ZERO, appCompose, app, require = [] }: Subject) {
  const policy = { ...DEFAULT_POLICY, app: { ...DEFAULT_POLICY.app, ...app }, require };
  const [rtmr0 = ZERO, rtmr1 = ZERO, rtmr2 = ZERO, rtmr3 = ZERO] =
    rtmr ?? replayEventLog(parseEventLog(eventLog ?? "[]")).rtmr;
  const checks = new Checks();
  const registers = { rtmr0, rtmr1, rtmr2, rtmr3 };
  const claims = await verifyEventLog(checks, { eventLog, registers, mrConfigId, appCompose, policy, now: 0 });
  const { result } = concludeVerdict({ subject: "evidence", checks, policy, now: 0, simulated: false, facts: {} });
  const outcomes = Object.fromEntries(checks.list.map(({ id, outcome }) => [id, outcome]));
  const cause = (id: CheckId) => checks.list.find((check) => check.id === id)?.cause ?? "";
  return { claims, result, outcomes, cause };
}

const LOG = eventLogText(BOOT);
const ALL_PINNED: Policy["app"] = {
  ids: ["a1".repeat(20)],
  composeHashes: ["c0".repeat(32)],
  instanceIds: ["1d".repeat(20)],
  osImageHashes: ["05".repeat(32)],
  keyProviders: [{ name: "kms", id: "ab01" }],
};

describe("a log that replays", () => {
  it("is accepted with every claim reported and unjudged where nothing is pinned", async () => {
    const { claims, result, outcomes, cause } = await verify({ eventLog: LOG });
    expect(result).toBe("accepted");
    expect(hex(claims?.appId)).toBe("a1".repeat(20));
    expect(outcomes).toEqual({
      "rtmr3.replay": "pass",
      "rtmr.replay": "skip",
      "rtmr3.boundary": "pass",
      "compose.hash": "skip",
      "compose.images": "skip",
      "app.id": "skip",
      "instance.id": "skip",
      "os.image": "skip",
      key_provider: "skip",
      "mrconfigid.binding": "skip",
      "event.extra": "pass",
    });
    expect(cause("compose.hash")).toContain("c0".repeat(32));
    expect(cause("key_provider")).toContain("kms ab01");
  });

  it("is accepted where everything is pinned", async () => {
    const { result, outcomes } = await verify({ eventLog: LOG, app: ALL_PINNED });
    expect(result).toBe("accepted");
    for (const id of ["compose.hash", "app.id", "instance.id", "os.image", "key_provider"]) {
      expect(outcomes[id]).toBe("pass");
    }
  });

  it.each<[CheckId, Partial<Policy["app"]>]>([
    ["app.id", { ids: ["a2".repeat(20)] }],
    ["app.id", { ids: [] }],
    ["compose.hash", { composeHashes: ["c1".repeat(32)] }],
    ["instance.id", { instanceIds: ["1e".repeat(20)] }],
    ["os.image", { osImageHashes: ["06".repeat(32)] }],
    ["key_provider", { keyProviders: [{ name: "kms", id: "ab02" }] }],
    ["key_provider", { keyProviders: [{ name: "kms", id: "" }] }],
    ["key_provider", { keyProviders: [{ name: "local-sgx", id: undefined }] }],
  ])("is rejected by %s if the policy names another value", async (id, app) => {
    const { result, outcomes } = await verify({ eventLog: LOG, app });
    expect([result, outcomes[id]]).toEqual(["rejected", "fail"]);
  });

  it("is rejected if the policy names what the log does not state", async () => {
    const older = eventLogText(BOOT.filter(({ event }) => event !== "os-image-hash" && event !== "key-provider"));
    const { outcomes } = await verify({
      eventLog: older,
      app: { osImageHashes: ["05".repeat(32)], keyProviders: [{ name: "kms", id: undefined }] },
    });
    expect([outcomes["os.image"], outcomes["key_provider"]]).toEqual(["fail", "fail"]);
  });

  it("satisfies a pin by the provider's name alone", async () => {
    const { outcomes } = await verify({ eventLog: LOG, app: { keyProviders: [{ name: "kms", id: undefined }] } });
    expect(outcomes["key_provider"]).toBe("pass");
  });

  it("is reported with its late events, cleaned for the screen, and rejected if the policy wants none", async () => {
    const late = eventLogText([
      ...BOOT,
      plainEvent("my-app.note"),
      plainEvent("\u001b[2Jx"),
      plainEvent("n".repeat(99)),
    ]);
    const { result, outcomes, cause } = await verify({ eventLog: late });
    expect([result, outcomes["event.extra"]]).toEqual(["accepted", "skip"]);
    expect(cause("event.extra")).toMatch(/^3 events .*: my-app\.note, \?\?2Jx, n{64}$/);
    expect((await verify({ eventLog: late, require: ["event.extra"] })).result).toBe("rejected");
  });

  it("lists a few late events only", async () => {
    const many = Array.from({ length: 2000 }, (_, index) => plainEvent(`note-${index}`));
    const { cause } = await verify({ eventLog: eventLogText([...BOOT, ...many]) });
    expect(cause("event.extra").length).toBeLessThan(300);
  });
});

describe("a log that does not replay", () => {
  it("is rejected, and none of its claims is judged", async () => {
    const { claims, result, outcomes } = await verify({ eventLog: LOG, rtmr: [ZERO, ZERO, ZERO, ZERO] });
    expect(claims).toBeUndefined();
    expect(result).toBe("rejected");
    expect(outcomes["rtmr3.replay"]).toBe("fail");
    expect(Object.values(outcomes).filter((outcome) => outcome === "pass")).toEqual([]);
    expect(Object.keys(outcomes)).toHaveLength(11);
  });

  it("is malformed if it cannot be read", async () => {
    const { result } = await verify({ eventLog: "[]]", rtmr: [] });
    expect(result).toBe("malformed");
  });

  it("is rejected without its platform events", async () => {
    const { claims, result, outcomes } = await verify({ eventLog: "[]" });
    expect([claims, result]).toEqual([undefined, "rejected"]);
    expect([outcomes["rtmr3.replay"], outcomes["rtmr3.boundary"]]).toEqual(["pass", "fail"]);
  });

  it.each([0, 1, 2])("is rejected if its boot events do not replay to RTMR%i", async (imr) => {
    const boot = [0, 1, 2].map((register) => ({
      imr: register,
      event_type: 4,
      digest: `0${register}`.repeat(48),
      event: "",
      event_payload: "",
    }));
    const eventLog = JSON.stringify([...boot, ...JSON.parse(LOG)]);
    const { rtmr } = replayEventLog(parseEventLog(eventLog));
    expect((await verify({ eventLog, rtmr })).outcomes["rtmr.replay"]).toBe("pass");
    const other = rtmr.map((register, index) => (index === imr ? ZERO : register));
    const { result, outcomes } = await verify({ eventLog, rtmr: other });
    expect([result, outcomes["rtmr.replay"]]).toEqual(["rejected", "fail"]);
  });

  it("is rejected if only some of its boot events are there", async () => {
    const boot = { imr: 0, event_type: 4, digest: "01".repeat(48), event: "", event_payload: "" };
    const eventLog = JSON.stringify([boot, ...JSON.parse(LOG)]);
    const { rtmr } = replayEventLog(parseEventLog(eventLog));
    const registers = [rtmr[0], new Uint8Array(48).fill(1), rtmr[2], rtmr[3]];
    expect((await verify({ eventLog, rtmr: registers })).outcomes["rtmr.replay"]).toBe("fail");
  });
});

describe("evidence without a log", () => {
  it("is accepted where nothing is pinned, with every check skipped", async () => {
    const { claims, result, outcomes } = await verify({ eventLog: undefined });
    expect([claims, result]).toEqual([undefined, "accepted"]);
    expect(new Set(Object.values(outcomes))).toEqual(new Set(["skip"]));
    expect(Object.keys(outcomes)).toHaveLength(11);
  });

  it.each(Object.entries(ALL_PINNED))("is rejected where the policy pins %s", async (name, pins) => {
    expect((await verify({ eventLog: undefined, app: { [name]: pins } })).result).toBe("rejected");
  });

  it("is rejected where the policy requires a replay", async () => {
    expect((await verify({ eventLog: undefined, require: ["rtmr3.replay"] })).result).toBe("rejected");
  });
});

describe("the compose document", () => {
  const image = `registry.example/app@sha256:${"5".repeat(64)}`;
  const document = (file: string, more: object = {}) =>
    JSON.stringify({ manifest_version: 2, runner: "docker-compose", docker_compose_file: file, ...more });
  const logOf = (text: string) =>
    eventLogText(
      BOOT.map((entry) => (entry.event === "compose-hash" ? plainEvent("compose-hash", sha256(text)) : entry)),
    );

  it("is judged if it is the one that was measured", async () => {
    const text = document(`services:\n  app:\n    image: ${image}\n`, { name: "grüße" });
    const { result, outcomes, cause } = await verify({
      eventLog: logOf(text),
      appCompose: text,
      app: { composeHashes: [sha256(text)] },
    });
    expect(result).toBe("accepted");
    expect([outcomes["compose.hash"], outcomes["compose.images"]]).toEqual(["pass", "pass"]);
    expect(cause("compose.images")).toBe("the one image is pinned by digest");
  });

  it("is refused if one byte differs, whether or not the policy pins it", async () => {
    const text = document(`services:\n  app:\n    image: ${image}\n`);
    const { result, outcomes } = await verify({ eventLog: logOf(text), appCompose: `${text}\n` });
    expect(result).toBe("rejected");
    expect([outcomes["compose.hash"], outcomes["compose.images"]]).toEqual(["fail", "skip"]);
  });

  it("is refused with an image that can change", async () => {
    const text = document("services:\n  app:\n    image: registry.example/app:latest\n");
    const { result, outcomes, cause } = await verify({ eventLog: logOf(text), appCompose: text });
    expect([result, outcomes["compose.images"]]).toEqual(["rejected", "fail"]);
    expect(cause("compose.images")).toMatch(/line 3 .* without its digest/);
  });

  it("has to be there if the policy asks for pinned images", async () => {
    expect((await verify({ eventLog: LOG, require: ["compose.images"] })).result).toBe("rejected");
  });

  it("is reported with what a reader should know", async () => {
    const file = `services:\n  app:\n    image: ${image}\n    privileged: true\n    volumes:\n    - /var/run/docker.sock:/s\n`;
    const text = document(file, { pre_launch_script: "true", init_script: ["true"], public_logs: true });
    const { outcomes, cause } = await verify({ eventLog: logOf(text), appCompose: text });
    expect(outcomes["compose.images"]).toBe("pass");
    expect(cause("compose.images").split("; ")).toHaveLength(6);
  });

  it.each([
    ["no JSON", "{"],
    ["null", "null"],
    ["another runner", document(`services:\n  app:\n    image: ${image}\n`, { runner: "bash" })],
    ["no compose file", JSON.stringify({ runner: "docker-compose" })],
    ["a compose file that is no text", JSON.stringify({ runner: "docker-compose", docker_compose_file: {} })],
    ["too much", document(`services:\n  app:\n    image: ${image}\n`) + " ".repeat(1024 * 1024)],
  ])("is refused: %s", async (_, text) => {
    const { outcomes } = await verify({ eventLog: logOf(text), appCompose: text });
    expect([outcomes["compose.hash"], outcomes["compose.images"]]).toEqual(["skip", "fail"]);
  });
});

describe("MRCONFIGID", () => {
  it("may commit to the compose hash of the log", async () => {
    const { outcomes } = await verify({ eventLog: LOG, mrConfigId: mrConfigIdV1(bytes("c0".repeat(32))) });
    expect(outcomes["mrconfigid.binding"]).toBe("pass");
  });

  it("rejects if it is neither zero nor of a known version", async () => {
    const mrConfigId = new Uint8Array(48);
    mrConfigId[47] = 1;
    const { result, outcomes } = await verify({ eventLog: LOG, mrConfigId });
    expect([result, outcomes["mrconfigid.binding"]]).toEqual(["rejected", "fail"]);
  });

  it("rejects if it commits to another", async () => {
    const { result, outcomes } = await verify({ eventLog: LOG, mrConfigId: mrConfigIdV1(bytes("c1".repeat(32))) });
    expect([result, outcomes["mrconfigid.binding"]]).toEqual(["rejected", "fail"]);
  });
});

interface QuoteReport {
  readonly quote: string;
  readonly event_log: string;
}

describe.skipIf(dstackVectors === undefined)("genuine and changed logs", () => {
  // Body of a quote of version 4: 48 bytes of header, then the fields of a TD report (Intel TDX DCAP API, A.3.2).
  const field = (quote: string, offset: number) => bytes(quote).subarray(48 + offset, 48 + offset + 48);

  it("accepts the log of a genuine quote, late event and all", async () => {
    const report = sharedVectors<QuoteReport>("tdx/quote-report.json");
    const known = dstackVectors?.logs.find(({ name }) => name === "quote-report");
    if (report === undefined || known === undefined) throw new Error("the vectors are incomplete");
    const rtmr = [328, 376, 424, 472].map((offset) => field(report.quote, offset));
    expect(rtmr.map(hex)).toEqual(known.registers.map(({ expected }) => expected));
    const mrConfigId = field(report.quote, 184);
    expect(hex(mrConfigId)).toBe(known.quote_mr_config_id);

    const { claims, result, outcomes, cause } = await verify({
      eventLog: report.event_log,
      rtmr,
      mrConfigId,
      app: {
        ids: [known.claims_before_system_ready.app_id],
        composeHashes: [known.claims_before_system_ready.compose_hash],
        instanceIds: [known.claims_before_system_ready.instance_id],
        keyProviders: [known.claims_before_system_ready.key_provider],
      },
    });
    expect(result).toBe("accepted");
    expect(claims?.osImageHash).toBeUndefined();
    expect(claims?.lateEvents).toHaveLength(1);
    expect(outcomes["rtmr.replay"]).toBe("pass");
    expect(outcomes["event.extra"]).toBe("skip");
    expect(cause("event.extra")).toContain("LIUM_MINER_HOTKEY");
  });

  it("accepts the simulator's log, which MRCONFIGID commits to, in both forms", async () => {
    const known = dstackVectors?.logs.find(({ name }) => name === "simulator-fixture");
    if (known === undefined || dstackVectors === undefined) throw new Error("the vectors are incomplete");
    const mrConfigId = bytes(known.quote_mr_config_id);
    const forms: readonly (readonly [readonly VectorEvent[], string])[] = [
      [known.rtmr3_events, known.rtmr3_full],
      [dstackVectors.v2_log.rtmr3_events, dstackVectors.v2_log.rtmr3_full],
    ];
    for (const [events, register] of forms) {
      const rtmr = [ZERO, ZERO, ZERO, bytes(register)];
      const { result, outcomes } = await verify({ eventLog: eventLogText(events), rtmr, mrConfigId });
      expect([result, outcomes["mrconfigid.binding"]]).toEqual(["accepted", "pass"]);
    }
  });

  it("gives every changed log its known verdict", async () => {
    const cases = dstackVectors?.log_mutations.cases ?? [];
    expect(cases.length).toBeGreaterThan(7);
    for (const { name, events, register, replayed, verdict } of cases) {
      const rtmr = [ZERO, ZERO, ZERO, bytes(register)];
      const { result } = await verify({ eventLog: eventLogText(events), rtmr });
      expect([name, result]).toEqual([name, verdict === "accept" ? "accepted" : "rejected"]);
      if (replayed !== null) {
        expect(hex(replayEventLog(parseEventLog(eventLogText(events))).rtmr[3])).toBe(replayed);
      }
    }
  });
});
