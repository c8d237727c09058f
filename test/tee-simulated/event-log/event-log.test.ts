import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  appCompose,
  bootRecord,
  DEFAULT_APP_COMPOSE,
  NON_ASCII_APP_COMPOSE,
} from "../../../src/tee/simulated/event-log/index.ts";
import { logEntry, replay } from "../../../src/tee/simulated/event-log/runtime-event.ts";
import { sharedVectors } from "../../support/shared-vectors.ts";

interface Event {
  readonly event: string;
  readonly payload: string;
  readonly digest: string;
  readonly preimage?: string;
}

interface Vectors {
  readonly event_digests: readonly (Event & { readonly version: 1 | 2 })[];
  readonly logs: readonly {
    readonly name: string;
    readonly rtmr3_events: readonly Event[];
    readonly rtmr3_full: string;
  }[];
  readonly v2_log: { readonly rtmr3_events: readonly Event[]; readonly rtmr3_full: string };
  readonly mr_config_id: readonly {
    readonly version: number;
    readonly compose_hash: string;
    readonly mr_config_id: string;
  }[];
}

const vectors = sharedVectors<Vectors>("dstack.json");
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
const KEY_PROVIDER_ID = bytes("3059301306072a8648ce3d02");

const ORDER = [
  "system-preparing",
  "app-id",
  "compose-hash",
  "gpu-policy-hash",
  "instance-id",
  "boot-mr-done",
  "os-image-hash",
  "key-provider",
  "storage-fs",
  "system-ready",
];

describe.skipIf(vectors === undefined)("known answers of dstack", () => {
  it("gives every recorded digest and preimage", () => {
    const events = vectors?.event_digests ?? [];
    expect(events.length).toBeGreaterThan(5);
    for (const { version, event, payload, digest, preimage } of events) {
      const entry = logEntry({ name: event, payload: bytes(payload) }, version);
      expect(entry.digest, event).toBe(digest);
      if (version === 2) expect(entry.preimage, event).toBe(preimage);
    }
  });

  it("replays the recorded logs, of both versions", () => {
    const logs = [
      ...(vectors?.logs ?? []).map(
        ({ rtmr3_events, rtmr3_full }) => ({ version: 1, rtmr3_events, rtmr3_full }) as const,
      ),
      ...(vectors === undefined ? [] : [{ version: 2, ...vectors.v2_log } as const]),
    ];
    expect(logs).toHaveLength(3);
    for (const { version, rtmr3_events, rtmr3_full } of logs) {
      const entries = rtmr3_events.map(({ event, payload }) =>
        logEntry({ name: event, payload: bytes(payload) }, version),
      );
      expect(hex(replay(entries))).toBe(rtmr3_full);
    }
  });

  it("binds the compose hash as the recorded MRCONFIGID does", () => {
    const [recorded] = vectors?.mr_config_id ?? [];
    const boot = bootRecord({
      compose: { ...DEFAULT_APP_COMPOSE, hash: bytes(recorded?.compose_hash ?? "") },
      keyProviderId: KEY_PROVIDER_ID,
    });
    expect(hex(boot.mrConfigId)).toBe(recorded?.mr_config_id);
  });
});

describe("the boot of the simulated machine", () => {
  it.each([1, 2] as const)("measures the events of dstack in their order, version %d", (version) => {
    const boot = bootRecord({ compose: DEFAULT_APP_COMPOSE, keyProviderId: KEY_PROVIDER_ID, version });
    const entries = JSON.parse(boot.eventLog) as Record<string, unknown>[];
    expect(entries.map(({ event }) => event)).toEqual(ORDER);
    for (const entry of entries) {
      expect(entry).toMatchObject({ imr: 3, event_type: 134217729 });
      expect(entry["version"]).toBe(version === 1 ? undefined : 2);
    }
    const payload = (name: string): unknown => entries.find(({ event }) => event === name)?.["event_payload"];
    expect(payload("compose-hash")).toBe(hash("sha256", DEFAULT_APP_COMPOSE.text));
    expect(payload("app-id")).toBe(hash("sha256", DEFAULT_APP_COMPOSE.text).slice(0, 40));
    expect(payload("gpu-policy-hash")).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    expect(payload("instance-id")).toBe(hex(boot.instanceId));
    expect(Buffer.from(String(payload("key-provider")), "hex").toString()).toBe(
      `{"name":"kms","id":"${hex(KEY_PROVIDER_ID)}"}`,
    );
    expect(hex(boot.rtmr3)).toBe(hex(replay(boot.entries)));
  });

  it("gives each compose document its own identity", () => {
    const of = (compose: typeof DEFAULT_APP_COMPOSE) => bootRecord({ compose, keyProviderId: KEY_PROVIDER_ID });
    const one = of(DEFAULT_APP_COMPOSE);
    const other = of(NON_ASCII_APP_COMPOSE);
    expect(hex(one.instanceId)).toBe(hex(of(DEFAULT_APP_COMPOSE).instanceId));
    expect(hex(one.instanceId)).not.toBe(hex(other.instanceId));
    expect(hex(one.rtmr3)).not.toBe(hex(other.rtmr3));
  });

  it("has digests left out, and the register as it was", () => {
    const options = { compose: DEFAULT_APP_COMPOSE, keyProviderId: KEY_PROVIDER_ID };
    const boot = bootRecord({ ...options, anomaly: "empty-digests" });
    expect(boot.entries.map(({ digest }) => digest)).toEqual(ORDER.map(() => ""));
    expect(hex(boot.rtmr3)).toBe(hex(bootRecord(options).rtmr3));
  });

  it.each([
    ["extra-event", [...ORDER, "application-event"]],
    ["duplicate-event", [...ORDER.slice(0, -1), "compose-hash", "system-ready"]],
  ] as const)("measures what %s puts in", (anomaly, order) => {
    const boot = bootRecord({ compose: DEFAULT_APP_COMPOSE, keyProviderId: KEY_PROVIDER_ID, anomaly });
    expect(boot.entries.map(({ event }) => event)).toEqual(order);
    expect(hex(boot.rtmr3)).toBe(hex(replay(boot.entries)));
  });
});

describe("app-compose documents", () => {
  it("are the same bytes for ever: policies pin their hashes", () => {
    expect(hex(DEFAULT_APP_COMPOSE.hash)).toBe(hash("sha256", Buffer.from(DEFAULT_APP_COMPOSE.text, "utf8")));
    expect(DEFAULT_APP_COMPOSE.text).toMatch(/^[\x20-\x7e\n]+$/);
    expect(NON_ASCII_APP_COMPOSE.text).toMatch(/[^\x20-\x7e\n]/);
    expect(NON_ASCII_APP_COMPOSE.name).toBe("countersign-simulé");
  });

  it.each(["", "[]", "{}", '{"name":""}', '{"name":1}', "nonsense"])(
    "are refused when no dstack host would take them: %s",
    (text) => {
      expect(() => appCompose(text)).toThrow(TypeError);
    },
  );
});
