import { parseCertificate } from "@countersign/client/x509";
import type { RevocationListFields } from "../../../src/certificates/index.ts";
import {
  buildCollateral,
  type CertifiedKey,
  type Collateral,
  type CollateralWindow,
  type EnclaveIdentity,
  type PlatformMaterial,
  simulatedEnclaveIdentity,
  simulatedTcbInfo,
  type TcbInfo,
  type TcbStatus,
} from "../../../src/tee/simulated/platform/index.ts";
import { type DocumentFault, faultyDocument } from "./document-fault.ts";
import { faultyRevocationList, type RevocationListFault } from "./revocation-list-fault.ts";

/** A container some of whose fields may be missing. */
export type CollateralFields = { readonly [Field in keyof Collateral]: string | undefined };

/** Options of makePlatform that concern the collateral. */
export interface CollateralOptions {
  /** Statuses of the levels that match. Default UpToDate each. */
  readonly status?: { readonly platform?: TcbStatus; readonly module?: TcbStatus; readonly qe?: TcbStatus };
  /** Changes the TCB info before it is signed. */
  readonly tcbInfo?: (document: TcbInfo) => TcbInfo;
  /** Changes the enclave identity before it is signed. */
  readonly enclaveIdentity?: (document: EnclaveIdentity) => EnclaveIdentity;
  readonly tcbInfoFault?: DocumentFault;
  readonly enclaveIdentityFault?: DocumentFault;
  readonly rootCrlFault?: RevocationListFault;
  readonly pckCrlFault?: RevocationListFault;
  /** Certificates that a good CRL of their issuer lists. */
  readonly revoked?: readonly RevocableCertificate[];
  /** Changes the container's fields at last. An undefined field is left out. */
  readonly container?: (collateral: CollateralFields) => CollateralFields;
}

export type RevocableCertificate = "pck" | "pckCa" | "tcbSigning";

export function makeCollateral(
  options: CollateralOptions,
  material: PlatformMaterial,
  window: CollateralWindow,
  now: number,
): CollateralFields {
  const same = <T>(value: T): T => value;
  const { tcbInfo = same, enclaveIdentity = same, container = same, status = {}, revoked = [] } = options;
  const listed = (...candidates: RevocableCertificate[]): Partial<RevocationListFields> => ({
    revoked: candidates
      .filter((name) => revoked.includes(name))
      .map((name) => ({ serial: parseCertificate(material[name].certificate).serial, revokedAt: window.issued })),
  });
  const collateral = buildCollateral(material, window, {
    tcbInfo: tcbInfo(tcbInfoOf(window, status.platform, status.module)),
    enclaveIdentity: enclaveIdentity(enclaveIdentityOf(window, status.qe)),
    rootCrl: listed("pckCa", "tcbSigning"),
    pckCrl: listed("pck"),
  });
  return container({
    ...collateral,
    ...documentFields("tcb_info", options.tcbInfoFault, collateral, material, now),
    ...documentFields("qe_identity", options.enclaveIdentityFault, collateral, material, now),
    ...revocationListField("root_ca_crl", options.rootCrlFault, material.root, window),
    ...revocationListField("pck_crl", options.pckCrlFault, material.pckCa, window),
  });
}

function tcbInfoOf(
  window: CollateralWindow,
  platform: TcbStatus = "UpToDate",
  module: TcbStatus = "UpToDate",
): TcbInfo {
  const document = simulatedTcbInfo(window);
  return {
    ...document,
    tcbLevels: withFirstStatus(document.tcbLevels, platform),
    tdxModuleIdentities: document.tdxModuleIdentities.map((identity) => ({
      ...identity,
      tcbLevels: withFirstStatus(identity.tcbLevels, module),
    })),
  };
}

function enclaveIdentityOf(window: CollateralWindow, qe: TcbStatus = "UpToDate"): EnclaveIdentity {
  const document = simulatedEnclaveIdentity(window);
  return { ...document, tcbLevels: withFirstStatus(document.tcbLevels, qe) };
}

/** The first level is the one that matches the simulated platform. */
function withFirstStatus<Level extends { readonly tcbStatus: TcbStatus }>(
  levels: readonly Level[],
  tcbStatus: TcbStatus,
): Level[] {
  return levels.map((level, index) => (index === 0 ? { ...level, tcbStatus } : level));
}

function documentFields(
  field: "tcb_info" | "qe_identity",
  fault: DocumentFault | undefined,
  collateral: Collateral,
  material: PlatformMaterial,
  now: number,
): Partial<CollateralFields> {
  if (fault === undefined) return {};
  const good = {
    text: collateral[field],
    signature: collateral[`${field}_signature`],
    chain: collateral[`${field}_issuer_chain`],
  };
  const { text, signature, chain } = faultyDocument(fault, good, material, now);
  return { [field]: text, [`${field}_signature`]: signature, [`${field}_issuer_chain`]: chain };
}

function revocationListField(
  field: "root_ca_crl" | "pck_crl",
  fault: RevocationListFault | undefined,
  authority: CertifiedKey,
  window: CollateralWindow,
): Partial<CollateralFields> {
  if (fault === undefined) return {};
  const list = faultyRevocationList(fault, authority, window);
  return { [field]: list === undefined ? undefined : Buffer.from(list).toString("hex") };
}
