import { createPlatformMaterial, type MaterialChanges } from "../../../src/tee/simulated/platform/index.ts";
import type { FaultRow } from "./fault-row.ts";
import { NOW, type PlatformCertificates } from "./make-platform.ts";

const issued = (name: string, certificates: MaterialChanges, ...checks: FaultRow["checks"]): FaultRow => ({
  name,
  options: { certificates },
  checks,
});

const chained = (
  name: string,
  chain: (certificates: PlatformCertificates) => readonly Uint8Array[],
  ...checks: FaultRow["checks"]
): FaultRow => ({ name, options: { chain }, checks });

const other = createPlatformMaterial();
const DAY = 86_400;
const past = { notAfter: NOW - DAY };
const future = { notBefore: NOW + DAY };
const unknownCritical = { oid: "1.3.6.1.4.1.99999.1", critical: true, value: Uint8Array.of(5, 0) };

/** Faults of the platform's certificates and of the collateral signer's. */
export const CHAIN_FAULTS: readonly FaultRow[] = [
  issued("PCK CA without CA flag", { pckCa: { basicConstraints: { ca: false } } }, "quote.chain"),
  issued("PCK CA without certificate signing", { pckCa: { keyUsage: ["digitalSignature"] } }, "quote.chain"),
  issued(
    "root whose path length is exceeded",
    { root: { basicConstraints: { ca: true, pathLength: 0 } } },
    "quote.chain",
  ),
  issued("PCK that is a CA", { pck: { basicConstraints: { ca: true } } }, "quote.chain"),
  issued("expired root", { root: past }, "quote.chain"),
  issued("expired PCK CA", { pckCa: past }, "quote.chain"),
  issued("expired PCK", { pck: past }, "quote.chain"),
  issued("PCK CA of the future", { pckCa: future }, "quote.chain"),
  issued("PCK of the future", { pck: future }, "quote.chain"),
  issued("PCK in the role of TCB signing", { pck: { commonName: "Intel SGX TCB Signing" } }, "quote.chain"),
  issued("PCK CA of unknown role", { pckCa: { commonName: "Intel SGX PCK Other CA" } }, "quote.chain"),
  issued(
    "PCK CA with an unknown critical extension",
    { pckCa: { furtherExtensions: [unknownCritical] } },
    "quote.chain",
  ),
  issued("PCK without SGX extension", { pck: { furtherExtensions: [] } }, "quote.chain", "quote.tcb"),

  chained("no root", ({ pck, pckCa }) => [pck, pckCa], "quote.format", "quote.chain"),
  chained("PCK alone", ({ pck }) => [pck], "quote.format", "quote.chain"),
  chained("fourth certificate", ({ pck, pckCa, root }) => [pck, pckCa, root, root], "quote.format", "quote.chain"),
  chained("two roots", ({ pck, root }) => [pck, root, root], "quote.chain"),
  chained("swapped order", ({ pck, pckCa, root }) => [pckCa, pck, root], "quote.chain"),
  chained("root first", ({ pck, pckCa, root }) => [root, pckCa, pck], "quote.chain"),
  chained("PCK twice", ({ pck, root }) => [pck, pck, root], "quote.chain"),
  chained("TCB signing in place of the PCK", ({ tcbSigning, pckCa, root }) => [tcbSigning, pckCa, root], "quote.chain"),
  chained("PCK of another platform", ({ pckCa, root }) => [other.pck.certificate, pckCa, root], "quote.chain"),
  chained("PCK CA of another platform", ({ pck, root }) => [pck, other.pckCa.certificate, root], "quote.chain"),
  chained("root of another platform", ({ pck, pckCa }) => [pck, pckCa, other.root.certificate], "quote.chain"),
  chained(
    "certificate of no certificate",
    ({ pckCa, root }) => [Uint8Array.of(1, 2, 3), pckCa, root],
    "quote.chain",
    "quote.format",
  ),

  issued("expired TCB signing", { tcbSigning: past }, "collateral.chain"),
  issued("TCB signing of the future", { tcbSigning: future }, "collateral.chain"),
  issued("TCB signing that is a CA", { tcbSigning: { basicConstraints: { ca: true } } }, "collateral.chain"),
  issued(
    "TCB signing of another role",
    { tcbSigning: { commonName: "Intel SGX PCK Certificate" } },
    "collateral.chain",
  ),
];
