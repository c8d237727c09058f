import type { CheckId } from "@countersign/client/verdict";
import type { PlatformOptions } from "./make-platform.ts";

/** One fault with what must find it. */
export interface FaultRow {
  readonly name: string;
  readonly options: PlatformOptions;
  /** At least one of these checks must fail. Several where it is a matter of taste which of them it is. */
  readonly checks: readonly [CheckId, ...CheckId[]];
}
