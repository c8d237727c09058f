import type { CheckId } from "@countersign/client/verdict";
import type { TcbInfo } from "../../../src/tee/simulated/platform/index.ts";
import { DOCUMENT_FAULTS, type DocumentFault } from "./document-fault.ts";
import type { FaultRow } from "./fault-row.ts";
import { REVOCATION_LIST_FAULTS } from "./revocation-list-fault.ts";

const DOCUMENT_CHECKS: Readonly<Record<DocumentFault, readonly [CheckId, ...CheckId[]]>> = {
  expired: ["collateral.window"],
  future: ["collateral.window"],
  "unreadable date": ["collateral.format", "collateral.window"],
  "wrong id": ["collateral.format", "quote.tcb", "quote.qe_identity"],
  "wrong version": ["collateral.format", "quote.tcb", "quote.qe_identity"],
  edited: ["collateral.signature"],
  "written again": ["collateral.signature"],
  "foreign key": ["collateral.signature"],
  "signed by PCK": ["collateral.chain", "collateral.format"],
  "signed in another role": ["collateral.chain"],
  "third certificate": ["collateral.format", "collateral.chain"],
};

const tcbInfoRow = (name: string, changes: Partial<TcbInfo>, ...checks: FaultRow["checks"]): FaultRow => ({
  name: `TCB info: ${name}`,
  options: { tcbInfo: (document) => ({ ...document, ...changes }) },
  checks,
});

const LIST_CHECKS = ["quote.revocation", "collateral.format"] as const;
const zeros = Array.from({ length: 16 }, () => 0);

/** Faults of the collateral, and collateral that is not this platform's. */
export const COLLATERAL_FAULTS: readonly FaultRow[] = [
  ...DOCUMENT_FAULTS.flatMap((fault): FaultRow[] => [
    { name: `TCB info: ${fault}`, options: { tcbInfoFault: fault }, checks: DOCUMENT_CHECKS[fault] },
    { name: `enclave identity: ${fault}`, options: { enclaveIdentityFault: fault }, checks: DOCUMENT_CHECKS[fault] },
  ]),
  ...REVOCATION_LIST_FAULTS.flatMap((fault): FaultRow[] => [
    { name: `root CRL: ${fault}`, options: { rootCrlFault: fault }, checks: LIST_CHECKS },
    { name: `PCK CRL: ${fault}`, options: { pckCrlFault: fault }, checks: LIST_CHECKS },
  ]),
  { name: "revoked PCK", options: { revoked: ["pck"] }, checks: ["quote.revocation"] },
  { name: "revoked PCK CA", options: { revoked: ["pckCa"] }, checks: ["quote.revocation"] },
  { name: "revoked TCB signing", options: { revoked: ["tcbSigning"] }, checks: ["quote.revocation"] },
  {
    name: "CRLs in each other's place",
    options: {
      container: ({ root_ca_crl, pck_crl, ...rest }) => ({ ...rest, root_ca_crl: pck_crl, pck_crl: root_ca_crl }),
    },
    checks: ["quote.revocation"],
  },
  {
    name: "PCK CRL issuer chain of the TCB signing certificate",
    options: { container: (fields) => ({ ...fields, pck_crl_issuer_chain: fields.tcb_info_issuer_chain }) },
    checks: ["quote.revocation", "collateral.chain"],
  },
  {
    name: "no PCK CRL issuer chain",
    options: { container: (fields) => ({ ...fields, pck_crl_issuer_chain: undefined }) },
    checks: ["collateral.format"],
  },
  {
    name: "TCB info in place of the enclave identity",
    options: {
      container: (fields) => ({
        ...fields,
        qe_identity: fields.tcb_info,
        qe_identity_signature: fields.tcb_info_signature,
      }),
    },
    checks: ["collateral.format", "quote.qe_identity"],
  },

  tcbInfoRow("other fmspc", { fmspc: "5E5E00000001" }, "quote.tcb", "collateral.format"),
  tcbInfoRow("other pceId", { pceId: "0001" }, "quote.tcb", "collateral.format"),
  tcbInfoRow("no levels", { tcbLevels: [] }, "quote.tcb", "collateral.format"),
  {
    name: "TCB info: fifteen components",
    options: {
      tcbInfo: (document) => ({
        ...document,
        tcbLevels: document.tcbLevels.map((level) => ({
          ...level,
          tcb: { ...level.tcb, tdxtcbcomponents: level.tcb.tdxtcbcomponents.slice(1) },
        })),
      }),
    },
    checks: ["collateral.format", "quote.tcb"],
  },
  {
    name: "TCB info: module identity absent",
    options: {
      tcbInfo: (document) => ({
        ...document,
        tdxModuleIdentities: document.tdxModuleIdentities.map((identity) => ({ ...identity, id: "TDX_03" })),
      }),
    },
    checks: ["quote.module"],
  },
  {
    name: "PCK below every level",
    options: { certificates: { identity: { componentSvns: zeros, cpuSvn: new Uint8Array(16) } } },
    checks: ["quote.tcb"],
  },
  {
    name: "PCK components below every level under a high raw CPUSVN",
    options: { certificates: { identity: { componentSvns: zeros } } },
    checks: ["quote.tcb"],
  },
  {
    name: "PCE below every level",
    options: { certificates: { identity: { pceSvn: 1 } } },
    checks: ["quote.tcb"],
  },
];
