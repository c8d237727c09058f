import { bytesToHex } from "@noble/hashes/utils.js";
import { DerError, type DerReader, readSingle, TAG } from "../der/index.ts";
import type { Certificate } from "../x509/index.ts";

/** What Intel certifies about a platform, from the SGX extension of its PCK certificate. */
export interface PckExtension {
  /** Stable platform identifier, 16 bytes. Personal to the machine: never in facts, logs or errors. */
  readonly ppid: Uint8Array;
  /** The 16 component SVNs, each 0 to 255. */
  readonly components: readonly number[];
  readonly pcesvn: number;
  /** Lower-case hex, 4 digits. */
  readonly pceid: string;
  /** Kind of processor and platform. Lower-case hex, 12 digits. */
  readonly fmspc: string;
  /** 16 bytes; undefined if the platform states none. Personal to the machine like the PPID. */
  readonly instanceId: Uint8Array | undefined;
}

/** Intel's arc for the extension (Intel SGX PCK Certificate and CRL Profile). */
const SGX = "1.2.840.113741.1.13.1";
const PPID = `${SGX}.1`;
const TCB = `${SGX}.2`;
const PCEID = `${SGX}.3`;
const FMSPC = `${SGX}.4`;
const INSTANCE_ID = `${SGX}.6`;
const PCESVN = `${TCB}.17`;
/** More pairs than any profile has. */
const MAX_PAIRS = 32;

/**
 * The SGX extension of a certificate. Order does not matter; every identifier may be there once. The raw CPUSVN
 * (`.2.18`) is not read: its layout is not architectural, and the components beside it say the same.
 *
 * @throws DerError
 */
export function readPckExtension(certificate: Certificate): PckExtension {
  const extension = certificate.extensions.get(SGX);
  if (extension === undefined) throw new DerError("SGX extension: absent", 0);
  const pairs = readPairs(readSingle(extension.value, TAG.sequence, "SGX extension"));
  const holder = demand(pairs, TCB);
  const tcb = readPairs(holder.sequence("TCB"));
  holder.end("TCB");
  return {
    ppid: octets(pairs, PPID, 16),
    components: Array.from({ length: 16 }, (_, index) => integer(tcb, `${TCB}.${index + 1}`, 0xff)),
    pcesvn: integer(tcb, PCESVN, 0xffff),
    pceid: bytesToHex(octets(pairs, PCEID, 2)),
    fmspc: bytesToHex(octets(pairs, FMSPC, 6)),
    instanceId: pairs.has(INSTANCE_ID) ? octets(pairs, INSTANCE_ID, 16) : undefined,
  };
}

/** A SEQUENCE OF (OBJECT IDENTIFIER, value): a reader behind each identifier. */
function readPairs(list: DerReader): ReadonlyMap<string, DerReader> {
  const pairs = new Map<string, DerReader>();
  while (!list.done) {
    const { offset } = list;
    const pair = list.sequence("SGX extension pair");
    const oid = pair.oid("SGX extension type");
    if (pairs.has(oid)) throw new DerError(`${oid}: there twice`, offset);
    if (pairs.size === MAX_PAIRS) throw new DerError("SGX extension: too many pairs", offset);
    pairs.set(oid, pair);
  }
  return pairs;
}

function demand(pairs: ReadonlyMap<string, DerReader>, oid: string): DerReader {
  const reader = pairs.get(oid);
  if (reader === undefined) throw new DerError(`SGX extension: ${oid} is absent`, 0);
  return reader;
}

function octets(pairs: ReadonlyMap<string, DerReader>, oid: string, length: number): Uint8Array {
  const reader = demand(pairs, oid);
  const { offset } = reader;
  const value = reader.octetString(oid);
  reader.end(oid);
  if (value.length !== length) throw new DerError(`${oid}: not ${length} octets`, offset);
  return value;
}

function integer(pairs: ReadonlyMap<string, DerReader>, oid: string, greatest: number): number {
  const reader = demand(pairs, oid);
  const { offset } = reader;
  const value = reader.smallInteger(oid);
  reader.end(oid);
  if (value > greatest) throw new DerError(`${oid}: out of range`, offset);
  return value;
}
