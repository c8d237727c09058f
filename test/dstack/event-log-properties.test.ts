import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  eventDigestV1,
  eventDigestV2,
  eventPreimageV2,
  parseEventLog,
  replayEventLog,
} from "../../clients/typescript/src/dstack/index.ts";
import { CheckFailure } from "../../clients/typescript/src/verdict/index.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { fuzzAppCompose } from "./compose-fuzz.ts";
import { dstackVectors } from "./dstack-vectors.ts";
import { fuzzEventLog } from "./event-log-fuzz.ts";
import { BOOT, eventLogText, hex } from "./event-log-text.ts";

const options = { seed: 20_260_801, numRuns: 100 };

interface WireEvent {
  imr: number;
  event_type: number;
  digest: string;
  event: string;
  event_payload: string;
  version?: number;
  preimage?: string;
}

const runtime: fc.Arbitrary<WireEvent> = fc
  .record({
    event: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((name) => !name.includes(":")),
    payload: fc.uint8Array({ maxLength: 40 }),
    form: fc.constantFrom("v1", "v1 without digest", "v2", "v2 without digest"),
  })
  .map(({ event, payload, form }) => ({
    imr: 3,
    event_type: 0x08000001,
    digest: form.endsWith("digest") ? "" : (hex((form === "v2" ? eventDigestV2 : eventDigestV1)(event, payload)) ?? ""),
    event,
    event_payload: hex(payload) ?? "",
    ...(form.startsWith("v2") ? { version: 2, preimage: hex(eventPreimageV2(event, payload)) ?? "" } : {}),
  }));

const boot: fc.Arbitrary<WireEvent> = fc
  .record({ imr: fc.nat(2), event_type: fc.nat(10), digest: fc.uint8Array({ minLength: 1, maxLength: 48 }) })
  .map(({ digest, ...rest }) => ({ ...rest, digest: hex(digest) ?? "", event: "", event_payload: "" }));

const log = fc.array(fc.oneof(runtime, boot), { minLength: 1, maxLength: 12 });

/** The registers, by a few lines of node:crypto. */
function registers(events: readonly WireEvent[]): readonly string[] {
  const sha384 = (...parts: readonly Uint8Array[]) => createHash("sha384").update(Buffer.concat(parts)).digest();
  return [0, 1, 2, 3].map((imr) => {
    let register: Uint8Array = Buffer.alloc(48);
    for (const event of events.filter((one) => one.imr === imr)) {
      const payload = Buffer.from(event.event_payload, "hex");
      const prefix = Buffer.concat([Buffer.from("010000083a", "hex"), Buffer.from(`${event.event}:`)]);
      const preimage =
        event.preimage === undefined ? Buffer.concat([prefix, payload]) : Buffer.from(event.preimage, "hex");
      const digest = imr === 3 ? sha384(preimage) : Buffer.from(event.digest.padEnd(96, "0"), "hex");
      register = sha384(register, digest);
    }
    return Buffer.from(register).toString("hex");
  });
}

/** The registers of a log, or undefined if it is refused. */
function replayed(events: readonly WireEvent[]): readonly (string | undefined)[] | undefined {
  try {
    return replayEventLog(parseEventLog(JSON.stringify(events))).rtmr.map(hex);
  } catch (thrown) {
    if (thrown instanceof CheckFailure) return undefined;
    throw thrown;
  }
}

describe("any log", () => {
  it("replays to the registers it extended", () => {
    fc.assert(
      fc.property(log, (events) => {
        expect(replayed(events)).toEqual(registers(events));
      }),
      options,
    );
  });

  it("leads elsewhere or is refused once a byte of a digest, name or payload is another", () => {
    fc.assert(
      fc.property(log, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (events, which, where, flip) => {
        const before = replayed(events);
        const at = which % events.length;
        for (const field of ["digest", "event", "event_payload", "preimage"] as const) {
          const event = events[at];
          const value = event?.[field];
          // Nothing measures a boot event's name or payload.
          if (event === undefined || value === undefined || value === "" || event.imr !== 3) continue;
          const raw = field === "event" ? Buffer.from(value) : Buffer.from(value, "hex");
          const index = where % raw.length;
          raw[index] = (raw[index] ?? 0) ^ (field === "event" ? flip & 0x1f || 1 : flip);
          const text = field === "event" ? raw.toString() : raw.toString("hex");
          const after = replayed(events.map((other, other_) => (other_ === at ? { ...other, [field]: text } : other)));
          expect(after).not.toEqual(before);
        }
      }),
      options,
    );
  });

  it("leads elsewhere once a boot event's digest is another, or an event is missing, doubled or moved", () => {
    fc.assert(
      fc.property(log, fc.nat(), (events, which) => {
        const before = replayed(events);
        const at = which % events.length;
        const event = events[at];
        if (event === undefined) return;
        if (event.imr !== 3) {
          const digest = (event.digest.startsWith("0") ? "1" : "0") + event.digest.slice(1);
          expect(replayed(events.toSpliced(at, 1, { ...event, digest }))).not.toEqual(before);
          expect(replayed(events.toSpliced(at, 1, { ...event, imr: (event.imr + 1) % 3 }))).not.toEqual(before);
        }
        expect(replayed(events.toSpliced(at, 1))).not.toEqual(before);
        expect(replayed(events.toSpliced(at, 0, event))).not.toEqual(before);
      }),
      options,
    );
  });
});

describe("any bytes", () => {
  const seeds = [
    eventLogText(BOOT),
    ...(dstackVectors?.logs ?? []).map(({ rtmr3_events }) => eventLogText(rtmr3_events)),
    ...(dstackVectors === undefined ? [] : [eventLogText(dstackVectors.v2_log.rtmr3_events)]),
    JSON.stringify({
      runner: "docker-compose",
      docker_compose_file: "services:\n  a:\n    image: [x]\n    b: |\n     c",
    }),
  ].map((text) => Buffer.from(text));
  const pieces = ["{", "}", "[", "]", '"', ",", ":", "\\", "null", "-1", "1e999", "\\ud800", "\\n", "|", "- ", "\xff"];

  it("read as a log or a compose document end with a result or a refusal", () => {
    const random = seededRandom(7);
    for (let round = 0; round < 1000; round += 1) {
      let input: Buffer = Buffer.from(random.pick(seeds));
      for (let edit = random.below(4); edit >= 0; edit -= 1) {
        const at = random.below(input.length + 1);
        const piece = Buffer.from(random.pick(pieces), "latin1");
        const behind = at + random.below(3) * random.below(8);
        input = random.once(3)
          ? Buffer.concat([input.subarray(0, at), input.subarray(behind)])
          : Buffer.concat([input.subarray(0, at), piece, input.subarray(behind)]);
      }
      fuzzEventLog(input);
      fuzzAppCompose(input);
    }
  });
});
