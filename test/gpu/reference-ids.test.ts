import { verifyDevices } from "@countersign/client/gpu";
import { describe, expect, it } from "vitest";
import { NOW } from "./support/authority.ts";
import {
  ascii,
  evidenceOf,
  FIRMWARE_ID,
  makeChain,
  NONCE,
  type ReportOptions,
  tcbInfoExtension,
  trusting,
} from "./support/device.ts";

const hopper = makeChain();
const blackwell = makeChain({ model: "GB100 A01 GSP BROM", leafExtensions: () => [tcbInfoExtension(FIRMWARE_ID)] });
const nvswitch = makeChain({ model: "LS10 A01", leafExtensions: () => [] });
const board = { 15: ascii("882"), 17: ascii("1010"), 18: ascii("020b") };

async function idsOf(chain: typeof hopper, opaque: NonNullable<ReportOptions["opaque"]>, architecture = "HOPPER") {
  const devices = [evidenceOf(chain, { opaque, blocks: architecture === "LS10" ? 31 : 64 }, architecture)];
  const { facts } = await verifyDevices({ devices, nonce: NONCE, now: NOW, policy: trusting(chain) });
  const [device] = facts["devices"] as readonly { readonly rim: unknown }[];
  return device?.rim;
}

// Written out by the rules NVIDIA's tools form ids by.
describe("ids of reference documents", () => {
  it("of Hopper", async () => {
    const driver = "NV_GPU_DRIVER_GH100_550.90.07";
    expect(await idsOf(hopper, board)).toEqual({ driver, vbios: "NV_GPU_VBIOS_1010_020B_882_96009F0001" });
  });

  it("of newer chips, which may state their name", async () => {
    const vbios = "NV_GPU_VBIOS_1010_020B_882_96009F0001";
    const named = { ...board, 35: ascii("GB102") };
    expect(await idsOf(blackwell, named, "BLACKWELL")).toEqual({ driver: "NV_GPU_CC_DRIVER_GB102_550.90.07", vbios });
    expect(await idsOf(blackwell, board, "BLACKWELL")).toEqual({ driver: "NV_GPU_CC_DRIVER_GB100_550.90.07", vbios });
  });

  it("are not made of what is missing, of what could be a path, or for switches", async () => {
    expect(await idsOf(hopper, { 3: ascii("../x") })).toEqual({ driver: null, vbios: null });
    expect(await idsOf(nvswitch, { ...board, 20: undefined }, "LS10")).toEqual({ driver: null, vbios: null });
  });
});
