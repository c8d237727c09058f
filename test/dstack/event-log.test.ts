import { describe, expect, it } from "vitest";
import {
  type PlatformClaims,
  parseEventLog,
  readPlatformClaims,
  replayEventLog,
} from "../../clients/typescript/src/dstack/index.ts";
import { CheckFailure } from "../../clients/typescript/src/verdict/index.ts";
import { dstackVectors } from "./dstack-vectors.ts";
import { BOOT, bytes, eventLogText, hex, plainEvent, runtimeEvent } from "./event-log-text.ts";

const boot = { imr: 1, event_type: 4, digest: "ab".repeat(48), event: "", event_payload: "00" };
const runtime = runtimeEvent(plainEvent("app-note", "c0ffee"));

function failure(step: () => unknown): CheckFailure {
  try {
    step();
  } catch (thrown) {
    if (thrown instanceof CheckFailure) return thrown;
    throw thrown;
  }
  throw new Error("nothing was refused");
}

describe("a text that is no event log", () => {
  it.each<[string, unknown]>([
    ["an object", {}],
    ["a null event", [null]],
    ["a nested array", [[boot]]],
    ["an unknown member", [{ ...boot, comment: "" }]],
    ["a missing name", [{ ...boot, event: undefined }]],
    ["a missing digest", [{ ...boot, digest: undefined }]],
    ["a missing payload", [{ ...boot, event_payload: undefined }]],
    ["a fifth register", [{ ...boot, imr: 4 }]],
    ["a negative register", [{ ...boot, imr: -1 }]],
    ["a register as text", [{ ...boot, imr: "1" }]],
    ["a type beyond 32 bits", [{ ...boot, event_type: 2 ** 32 }]],
    ["a broken type", [{ ...boot, event_type: 1.5 }]],
    ["a digest that is not hex", [{ ...boot, digest: "zz" }]],
    ["half a byte", [{ ...boot, event_payload: "abc" }]],
    ["hex with a line break", [{ ...boot, event_payload: "ab\n" }]],
    ["a digest longer than a register", [{ ...boot, digest: "ab".repeat(49) }]],
    ["a name without UTF-8 form", [{ ...runtime, event: "\ud800" }]],
    ["a long name", [{ ...runtime, event: "n".repeat(257) }]],
    ["a long payload", [{ ...runtime, event_payload: "00".repeat(64 * 1024 + 1) }]],
    ["an unknown version", [{ ...runtime, version: 3 }]],
    ["a version as text", [{ ...runtime, version: "2" }]],
    ["a pre-image of null", [{ ...runtime, preimage: null }]],
    ["too many events", Array.from({ length: 4097 }, () => boot)],
  ])("is refused as malformed: %s", (_, log) => {
    expect(failure(() => parseEventLog(JSON.stringify(log))).malformed).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "[{]"],
    ["deep nesting", "[".repeat(1_000_000)],
    ["too much", `[]${" ".repeat(4 * 1024 * 1024)}`],
  ])("is refused as malformed: %s", (_, text) => {
    expect(failure(() => parseEventLog(text)).malformed).toBe(true);
  });

  it("is refused without a word of it", () => {
    expect(failure(() => parseEventLog('[{"secret": "sesame"}]')).message).not.toContain("secret");
  });
});

describe("a log that does not follow its rules", () => {
  const v2 = { ...runtime, version: 2 };
  const v2Preimage = Buffer.from('{"name":"app-note","payload":"c0ffee","type":134217729}').toString("hex");
  it.each<[string, unknown, RegExp]>([
    ["a runtime event outside RTMR3", { ...runtime, imr: 2 }, /outside RTMR3/],
    ["a boot event in RTMR3", { ...boot, imr: 3 }, /no runtime event/],
    ["a boot event without a digest", { ...boot, digest: "" }, /no digest/],
    ["a boot event with a version", { ...boot, version: 2 }, /boot event/],
    ["an ambiguous name", { ...runtime, event: "app:note" }, /colon/],
    ["another digest", { ...runtime, digest: "00".repeat(48) }, /another digest/],
    ["a shortened digest", { ...runtime, digest: "00" }, /another digest/],
    ["no pre-image where there must be one", v2, /no pre-image/],
    ["another pre-image", { ...v2, preimage: `20${v2Preimage}` }, /another pre-image/],
    ["another pre-image of the first form", { ...runtime, preimage: v2Preimage }, /another pre-image/],
  ])("is refused: %s", (_, event, message) => {
    const refused = failure(() => replayEventLog(parseEventLog(JSON.stringify([event]))));
    expect(refused.message).toMatch(message);
    expect(refused.malformed).toBe(false);
  });

  it("may state the pre-image it has", () => {
    const log = parseEventLog(JSON.stringify([{ ...v2, preimage: v2Preimage }]));
    expect(replayEventLog(log).counts).toEqual([0, 0, 0, 1]);
  });
});

describe("the platform's claims", () => {
  const claims = (events: readonly ReturnType<typeof plainEvent>[]): PlatformClaims =>
    readPlatformClaims(parseEventLog(eventLogText(events)));
  const without = (name: string) => BOOT.filter(({ event }) => event !== name);
  const replaced = (name: string, payload: string) =>
    BOOT.map((entry) => (entry.event === name ? plainEvent(name, payload) : entry));
  /** The events with the named one moved behind another. */
  const moved = (name: string, behind: string) =>
    without(name).flatMap((entry) =>
      entry.event === behind ? [entry, ...BOOT.filter(({ event }) => event === name)] : [entry],
    );

  it("are read from the events before the boundary", () => {
    expect(claims([...BOOT, plainEvent("note", "00"), plainEvent("storage-fs", "7a6673")])).toEqual({
      appId: bytes("a1".repeat(20)),
      composeHash: bytes("c0".repeat(32)),
      instanceId: bytes("1d".repeat(20)),
      osImageHash: bytes("05".repeat(32)),
      keyProvider: { name: "kms", id: "ab01" },
      gpuPolicyHash: undefined,
      initScriptHashes: [],
      lateEvents: ["note", "storage-fs"],
    });
  });

  it("may lack what older platforms do not state, and what the application does without", () => {
    const events = replaced("instance-id", "").filter(
      ({ event }) => !["os-image-hash", "key-provider"].includes(event),
    );
    const { instanceId, osImageHash, keyProvider } = claims(events);
    expect([instanceId, osImageHash, keyProvider]).toEqual([undefined, undefined, undefined]);
  });

  it("hold every initialisation script in its order, and none from behind the boundary", () => {
    const script = (byte: string) => plainEvent("init-script-hash", byte.repeat(32));
    const [first, second, third, ...rest] = BOOT;
    if (first === undefined || second === undefined || third === undefined) throw new Error("no events");
    const { initScriptHashes } = claims([first, second, third, script("22"), script("11"), ...rest, script("33")]);
    expect(initScriptHashes.map(hex)).toEqual(["22".repeat(32), "11".repeat(32)]);
  });

  it.each(["app-id", "compose-hash", "instance-id", "os-image-hash", "key-provider", "boot-mr-done", "system-ready"])(
    "are refused if %s is there twice or behind the boundary",
    (name) => {
      const event = BOOT.filter((entry) => entry.event === name);
      expect(failure(() => claims([...event, ...BOOT])).message).toMatch(/twice/);
      expect(failure(() => claims([...BOOT, ...event])).message).toMatch(/twice/);
      if (name !== "system-ready") expect(failure(() => claims(moved(name, "system-ready"))).message).toContain(name);
    },
  );

  it.each(["gpu-policy-hash", "gpu-attestation"])("are refused if %s is there twice or behind the boundary", (name) => {
    const event = plainEvent(name, "00".repeat(32));
    expect(failure(() => claims([event, event, ...BOOT])).message).toMatch(/twice/);
    expect(failure(() => claims([...BOOT, event])).message).toMatch(/behind system-ready/);
  });

  it.each(["app-id", "compose-hash", "instance-id", "boot-mr-done", "system-ready"])("need %s", (name) => {
    expect(failure(() => claims(without(name))).message).toContain(name);
  });

  it.each(["app-id", "compose-hash", "instance-id"])("need %s before boot-mr-done", (name) => {
    expect(failure(() => claims(moved(name, "boot-mr-done"))).message).toMatch(/before boot-mr-done/);
  });

  it.each(["app-id", "compose-hash", "instance-id", "os-image-hash"])("have the length of %s", (name) => {
    expect(failure(() => claims(replaced(name, "00"))).message).toMatch(/has 1 bytes/);
  });

  it.each([
    ["not JSON", "kms"],
    ["an array", '["kms",""]'],
    ["null", "null"],
    ["no id", '{"name":"kms"}'],
    ["another member", '{"name":"kms","id":"","x":1}'],
    ["an id that is not hex", '{"name":"kms","id":"0x01"}'],
    ["a name for a terminal", '{"name":"kms\\u001b[2J","id":""}'],
    ["ill-formed UTF-8", '{"name":"kms","id":"\xff"}'],
  ])("are refused if the key provider is %s", (_, text) => {
    const payload = Buffer.from(text, "latin1").toString("hex");
    expect(failure(() => claims(replaced("key-provider", payload))).malformed).toBe(true);
  });
});

describe.skipIf(dstackVectors === undefined)("known logs", () => {
  const replayed = (events: Parameters<typeof eventLogText>[0]) =>
    hex(replayEventLog(parseEventLog(eventLogText(events))).rtmr[3]);

  it("replay to their registers, and to the values in between", () => {
    expect(dstackVectors?.logs.map(({ name }) => name)).toEqual(["quote-report", "simulator-fixture"]);
    for (const log of dstackVectors?.logs ?? []) {
      const upTo = (name: string) => log.rtmr3_events.slice(0, log.rtmr3_events.findIndex((e) => e.event === name) + 1);
      expect(replayed(upTo("boot-mr-done"))).toBe(log.rtmr3_after_boot_mr_done);
      expect(replayed(upTo("system-ready"))).toBe(log.rtmr3_after_system_ready);
      expect(replayed(log.rtmr3_events)).toBe(log.rtmr3_full);
      const boots = log.registers
        .filter(({ imr }) => imr < 3)
        .flatMap(({ imr, digests }) => digests.map((digest) => ({ ...boot, imr, digest })));
      const whole = [...boots, ...log.rtmr3_events.map(runtimeEvent)];
      const { rtmr, counts } = replayEventLog(parseEventLog(JSON.stringify(whole)));
      expect(rtmr.map(hex)).toEqual(log.registers.map(({ expected }) => expected));
      expect(counts).toEqual(log.registers.map(({ digests }) => digests.length));
    }
  });

  it("make the known claims", () => {
    for (const log of dstackVectors?.logs ?? []) {
      const claims = readPlatformClaims(parseEventLog(eventLogText(log.rtmr3_events)));
      const known = log.claims_before_system_ready;
      expect(hex(claims.appId)).toBe(known.app_id);
      expect(hex(claims.composeHash)).toBe(known.compose_hash);
      expect(hex(claims.instanceId)).toBe(known.instance_id);
      expect(hex(claims.osImageHash)).toBe(known.os_image_hash);
      expect(claims.keyProvider).toEqual(known.key_provider);
      expect(claims.lateEvents).toHaveLength(log.events_after_system_ready);
    }
  });

  it("replay in the second form", () => {
    expect(replayed(dstackVectors?.v2_log.rtmr3_events ?? [])).toBe(dstackVectors?.v2_log.rtmr3_full);
  });
});
