import type { GuestInfo } from "../tee/index.ts";

/** What the agent says of its guest in the member names of dstack's own interface, for reports in peers' form. */
export function guestInfoReport(info: GuestInfo): Readonly<Record<string, unknown>> {
  const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
  return {
    app_id: hex(info.appId),
    instance_id: hex(info.instanceId),
    app_cert: info.appCertificate ?? "",
    app_name: info.appName ?? "",
    device_id: hex(info.deviceId),
    mr_aggregated: hex(info.mrAggregated),
    os_image_hash: hex(info.osImageHash),
    compose_hash: hex(info.composeHash),
    key_provider_info: info.keyProvider ?? "",
    tcb_info: tcbInfo(info) ?? {},
    vm_config: info.vmConfig ?? "",
    cloud_vendor: info.cloudVendor ?? "",
    cloud_product: info.cloudProduct ?? "",
  };
}

/** The compose document's exact text, as the agent keeps it. It is hashed: nothing may parse and rewrite it. */
export function appComposeOf(info: GuestInfo): string | undefined {
  const compose = tcbInfo(info)?.["app_compose"];
  return typeof compose === "string" ? compose : undefined;
}

function tcbInfo({ tcbInfo: text }: GuestInfo): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
