import { SealStatus } from "../../../../gen/ts/countersign/transcript/v1/transcript_pb.ts";

/** How an exchange ended, as signed texts spell it. */
export type SealStatusName = "complete" | "upstream_failed" | "cancelled";

/**
 * The name of a status in signed texts.
 *
 * @returns undefined for UNSPECIFIED and for every value this version does not know: a client refuses those
 */
export function sealStatusName(status: SealStatus): SealStatusName | undefined {
  switch (status) {
    case SealStatus.COMPLETE:
      return "complete";
    case SealStatus.UPSTREAM_FAILED:
      return "upstream_failed";
    case SealStatus.CANCELLED:
      return "cancelled";
    default:
      return undefined;
  }
}
