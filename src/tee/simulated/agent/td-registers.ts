import { createHash } from "node:crypto";

/** What Info tells of the machine's measurements, taken from one of its quotes. */
export interface TdRegisters {
  readonly mrtd: Uint8Array;
  readonly rtmr0: Uint8Array;
  readonly rtmr1: Uint8Array;
  readonly rtmr2: Uint8Array;
  readonly rtmr3: Uint8Array;
  /** SHA-256 of the registers, and of MRCONFIGID, MROWNER and MROWNERCONFIG if any of the three is in use. */
  readonly mrAggregated: Uint8Array;
}

const HEADER_BYTES = 48;
/** Version 5 states type and size of its body before the body. */
const DESCRIPTOR_BYTES = 6;
const REGISTER_BYTES = 48;
/** Offsets into the TD report, which both versions have in common. */
const OFFSET = { mrtd: 136, configuration: 184, rtmrs: 328 } as const;

/** @param quote of this process's own making, version 4 or 5 */
export function tdRegisters(quote: Uint8Array): TdRegisters {
  const body = quote.subarray(quote[0] === 5 ? HEADER_BYTES + DESCRIPTOR_BYTES : HEADER_BYTES);
  const register = (offset: number): Uint8Array => body.slice(offset, offset + REGISTER_BYTES);
  const rtmr = (index: number): Uint8Array => register(OFFSET.rtmrs + index * REGISTER_BYTES);
  const registers = { mrtd: register(OFFSET.mrtd), rtmr0: rtmr(0), rtmr1: rtmr(1), rtmr2: rtmr(2), rtmr3: rtmr(3) };
  const configuration = body.subarray(OFFSET.configuration, OFFSET.configuration + 3 * REGISTER_BYTES);
  const hasher = createHash("sha256");
  for (const value of Object.values(registers)) hasher.update(value);
  if (configuration.some((byte) => byte !== 0)) hasher.update(configuration);
  return { ...registers, mrAggregated: new Uint8Array(hasher.digest()) };
}
