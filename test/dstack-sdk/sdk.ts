/** The published dstack SDK, imported from here because this is where it can be resolved. */
export { DstackClient, TappdClient } from "@phala/dstack-sdk";
