import { describe, expect, it } from "vitest";
import { appComposeOf, guestInfoReport } from "../../src/platform/guest-info-report.ts";
import type { GuestInfo } from "../../src/tee/index.ts";

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

const GUEST: GuestInfo = {
  appId: bytes(20, 1),
  instanceId: bytes(20, 2),
  appName: "demo",
  composeHash: bytes(32, 3),
  osImageHash: bytes(32, 4),
  deviceId: bytes(32, 5),
  mrAggregated: bytes(32, 6),
  keyProvider: '{"name":"kms","id":"00"}',
  tcbInfo: '{"mrtd":"00","app_compose":"{\\"name\\":\\"démo\\"}\\n"}',
  vmConfig: '{"cpu_count":4}',
  appCertificate: "-----BEGIN CERTIFICATE-----",
  cloudVendor: "vendor",
  cloudProduct: "product",
};

const NOTHING: GuestInfo = {
  appId: bytes(20, 1),
  instanceId: undefined,
  appName: undefined,
  composeHash: undefined,
  osImageHash: undefined,
  deviceId: undefined,
  mrAggregated: undefined,
  keyProvider: undefined,
  tcbInfo: "",
  vmConfig: undefined,
  appCertificate: undefined,
  cloudVendor: undefined,
  cloudProduct: undefined,
};

describe("what the agent says of its guest, in the form of peers' reports", () => {
  it("has dstack's member names, bytes in hex, and the texts as they are", () => {
    expect(guestInfoReport(GUEST)).toEqual({
      app_id: "01".repeat(20),
      instance_id: "02".repeat(20),
      app_cert: "-----BEGIN CERTIFICATE-----",
      app_name: "demo",
      device_id: "05".repeat(32),
      mr_aggregated: "06".repeat(32),
      os_image_hash: "04".repeat(32),
      compose_hash: "03".repeat(32),
      key_provider_info: '{"name":"kms","id":"00"}',
      tcb_info: { mrtd: "00", app_compose: '{"name":"démo"}\n' },
      vm_config: '{"cpu_count":4}',
      cloud_vendor: "vendor",
      cloud_product: "product",
    });
  });

  it("has every member even where the agent says nothing", () => {
    const report = guestInfoReport(NOTHING);
    expect(Object.keys(report)).toEqual(Object.keys(guestInfoReport(GUEST)));
    expect(report).toMatchObject({ instance_id: "", app_cert: "", tcb_info: {}, key_provider_info: "" });
  });
});

describe("the compose document of a guest", () => {
  it("is its exact text, not one written anew", () => {
    expect(appComposeOf(GUEST)).toBe('{"name":"démo"}\n');
  });

  it.each(["", "[]", "null", "7", '{"app_compose":{}}', '{"app_compose":', "{}"])("is none in %j", (tcbInfo) => {
    expect(appComposeOf({ ...NOTHING, tcbInfo })).toBeUndefined();
    expect(guestInfoReport({ ...NOTHING, tcbInfo: "[]" })["tcb_info"]).toEqual({});
  });
});
