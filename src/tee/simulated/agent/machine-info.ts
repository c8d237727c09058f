import { hash } from "node:crypto";
import { SIMULATED_ORGANIZATION } from "../platform/index.ts";
import { hex, type Machine } from "./machine.ts";
import { tdRegisters } from "./td-registers.ts";

/** The answer to Info. Bytes are hex; `tcb_info` and `vm_config` are JSON texts inside the JSON, as in dstack. */
export function machineInfo(machine: Machine, appCertificate: string): Readonly<Record<string, string>> {
  const { boot, kms, vmConfig } = machine;
  const { mrAggregated, ...registers } = tdRegisters(machine.quote(new Uint8Array(64)));
  const common = {
    mr_aggregated: hex(mrAggregated),
    os_image_hash: hex(boot.osImageHash),
    compose_hash: hex(boot.compose.hash),
    device_id: hash(
      "sha256",
      Buffer.concat([Buffer.from("countersign.simulated.device.v1:"), kms.authority.publicKey]),
    ),
  };
  const tcbInfo = {
    mrtd: hex(registers.mrtd),
    rtmr0: hex(registers.rtmr0),
    rtmr1: hex(registers.rtmr1),
    rtmr2: hex(registers.rtmr2),
    rtmr3: hex(registers.rtmr3),
    ...common,
    event_log: boot.entries,
    app_compose: boot.compose.text,
  };
  return {
    app_id: hex(boot.compose.appId),
    instance_id: hex(boot.instanceId),
    app_cert: appCertificate,
    tcb_info: JSON.stringify(tcbInfo, undefined, 2),
    app_name: boot.compose.name,
    ...common,
    key_provider_info: boot.keyProvider,
    vm_config: vmConfig,
    cloud_vendor: SIMULATED_ORGANIZATION,
    cloud_product: "Countersign simulated dstack agent",
  };
}
