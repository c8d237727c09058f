import type { AgentReply, ByteBounds } from "./agent-reply.ts";
import { MAX_REPLY_BYTES } from "./agent-transport.ts";

/**
 * What the agent says about its guest. Unauthenticated: identity is what an event log says that replays to a verified
 * quote, and these values are for display, for finding what to compare, and for the exact texts that are hashed.
 */
export interface GuestInfo {
  /** 20 bytes. */
  readonly appId: Uint8Array;
  /** 20 bytes; undefined if the application has asked for none. */
  readonly instanceId: Uint8Array | undefined;
  readonly appName: string | undefined;
  /** 32 bytes, as are the next four. */
  readonly composeHash: Uint8Array | undefined;
  readonly osImageHash: Uint8Array | undefined;
  readonly deviceId: Uint8Array | undefined;
  readonly mrAggregated: Uint8Array | undefined;
  /** JSON text with `name` and `id`. */
  readonly keyProvider: string | undefined;
  /** The exact JSON text: measurements, event log and `app_compose`. */
  readonly tcbInfo: string;
  /** The exact JSON text. */
  readonly vmConfig: string | undefined;
  /** PEM. */
  readonly appCertificate: string | undefined;
  readonly cloudVendor: string | undefined;
  readonly cloudProduct: string | undefined;
}

const ID: ByteBounds = { min: 20, max: 20 };
const DIGEST: ByteBounds = { min: 32, max: 32 };
/** Longest name or product. Characters. */
const MAX_NAME_LENGTH = 1024;

/** @throws TeeError `tee.malformed` */
export function guestInfo(reply: AgentReply): GuestInfo {
  return {
    appId: reply.bytes("app_id", ID),
    instanceId: reply.optionalBytes("instance_id", ID),
    appName: reply.optionalText("app_name", MAX_NAME_LENGTH),
    composeHash: reply.optionalBytes("compose_hash", DIGEST),
    osImageHash: reply.optionalBytes("os_image_hash", DIGEST),
    deviceId: reply.optionalBytes("device_id", DIGEST),
    mrAggregated: reply.optionalBytes("mr_aggregated", DIGEST),
    keyProvider: reply.optionalText("key_provider_info", 16 * 1024),
    tcbInfo: reply.text("tcb_info", MAX_REPLY_BYTES),
    vmConfig: reply.optionalText("vm_config", MAX_REPLY_BYTES),
    appCertificate: reply.optionalText("app_cert", 256 * 1024),
    cloudVendor: reply.optionalText("cloud_vendor", MAX_NAME_LENGTH),
    cloudProduct: reply.optionalText("cloud_product", MAX_NAME_LENGTH),
  };
}
