import { certificatePem } from "@countersign/client/x509";
import type { RevocationListFields } from "../../../certificates/index.ts";
import type { CertifiedKey } from "./certified-key.ts";
import type { CollateralWindow } from "./collateral-window.ts";
import { type EnclaveIdentity, simulatedEnclaveIdentity } from "./enclave-identity.ts";
import type { PlatformMaterial } from "./platform-material.ts";
import { rawSignature } from "./raw-signature.ts";
import { simulatedRevocationList } from "./revocation-list.ts";
import { simulatedTcbInfo, type TcbInfo } from "./tcb-info.ts";

/** Everything a quote's verification needs from Intel's service, in one container of nine texts. */
export interface Collateral {
  /** PEM: PCK CA, root. */
  readonly pck_crl_issuer_chain: string;
  /** DER in hex. */
  readonly root_ca_crl: string;
  /** DER in hex. */
  readonly pck_crl: string;
  /** PEM: TCB signing, root. */
  readonly tcb_info_issuer_chain: string;
  /** The exact text that is signed. */
  readonly tcb_info: string;
  /** r ‖ s in hex. */
  readonly tcb_info_signature: string;
  /** PEM: TCB signing, root. */
  readonly qe_identity_issuer_chain: string;
  /** The exact text that is signed. */
  readonly qe_identity: string;
  /** r ‖ s in hex. */
  readonly qe_identity_signature: string;
}

/** Deviations from the collateral under which the platform is up to date. */
export interface CollateralChanges {
  readonly tcbInfo?: Partial<TcbInfo>;
  readonly enclaveIdentity?: Partial<EnclaveIdentity>;
  readonly rootCrl?: Partial<RevocationListFields>;
  readonly pckCrl?: Partial<RevocationListFields>;
}

/** Collateral of the platform, signed as Intel signs: over the texts as they are, which nothing writes again. */
export function buildCollateral(
  material: PlatformMaterial,
  window: CollateralWindow,
  changes: CollateralChanges = {},
): Collateral {
  const { root, pckCa, tcbSigning } = material;
  const tcbInfo = JSON.stringify({ ...simulatedTcbInfo(window), ...changes.tcbInfo });
  const identity = JSON.stringify({ ...simulatedEnclaveIdentity(window), ...changes.enclaveIdentity });
  return {
    pck_crl_issuer_chain: pemChain(pckCa, root),
    root_ca_crl: hex(simulatedRevocationList(root, window, changes.rootCrl)),
    pck_crl: hex(simulatedRevocationList(pckCa, window, changes.pckCrl)),
    tcb_info_issuer_chain: pemChain(tcbSigning, root),
    tcb_info: tcbInfo,
    tcb_info_signature: hex(rawSignature(tcbSigning.privateKey, tcbInfo)),
    qe_identity_issuer_chain: pemChain(tcbSigning, root),
    qe_identity: identity,
    qe_identity_signature: hex(rawSignature(tcbSigning.privateKey, identity)),
  };
}

/** PEM of a chain, leaf first. */
export function pemChain(...chain: readonly CertifiedKey[]): string {
  return chain.map(({ certificate }) => certificatePem(certificate)).join("");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
