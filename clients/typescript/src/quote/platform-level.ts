import type { PckExtension } from "./pck-extension.ts";
import type { PlatformLevel } from "./tcb-info.ts";

/** What a platform has, to be compared with what levels ask. */
export interface PlatformSvns {
  readonly pck: PckExtension;
  /** From the trust domain's report. 16 bytes. */
  readonly teeTcbSvn: Uint8Array;
}

/**
 * Intel's order, best level first: SGX components, PCESVN, TDX components, each descending. Documents come in this
 * order, and nothing rests on that.
 */
export function sortLevels(levels: readonly PlatformLevel[]): PlatformLevel[] {
  return [...levels].sort(
    (left, right) =>
      compare(right.sgxComponents, left.sgxComponents) ||
      right.pcesvn - left.pcesvn ||
      compare(right.tdxComponents, left.tdxComponents),
  );
}

/** What keeps a platform from a level, in words; undefined if it reaches it. */
export function shortfall(level: PlatformLevel, { pck, teeTcbSvn }: PlatformSvns): string | undefined {
  const sgx = level.sgxComponents.findIndex((least, index) => (pck.components[index] ?? -1) < least);
  if (sgx !== -1) return `component ${sgx + 1} is ${pck.components[sgx]}, and ${level.sgxComponents[sgx]} is asked`;
  if (pck.pcesvn < level.pcesvn) return `PCESVN is ${pck.pcesvn}, and ${level.pcesvn} is asked`;
  // From module version 1 on, components 0 and 1 are the module's own SVN and version, judged by its identity.
  const first = (teeTcbSvn[1] ?? 0) > 0 ? 2 : 0;
  const tdx = level.tdxComponents.findIndex((least, index) => index >= first && (teeTcbSvn[index] ?? -1) < least);
  if (tdx !== -1) return `TDX component ${tdx + 1} is ${teeTcbSvn[tdx]}, and ${level.tdxComponents[tdx]} is asked`;
  return undefined;
}

function compare(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((value, position) => value !== right[position]);
  return index === -1 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}
