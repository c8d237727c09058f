import type { Deadline } from "../deadline.ts";
import { TeeError } from "../tee-error.ts";
import type { CollateralContainer } from "./collateral-container.ts";
import { crlNextUpdate } from "./crl-next-update.ts";
import { issuerChain } from "./issuer-chain.ts";
import type { PckIdentity } from "./pck-identity.ts";
import { type PcsAnswer, pcsRequest } from "./pcs-request.ts";
import type { RootCrlLocation } from "./pcs-url.ts";
import { signedText, signedTextFacts } from "./signed-text.ts";

/** Collateral as it was fetched. */
export interface FetchedCollateral {
  /** The container as JSON text. */
  readonly text: string;
  /** The earliest of its nextUpdates. Unix milliseconds. */
  readonly nextUpdate: number;
}

/** Where to fetch. */
export interface CollateralService {
  /** Checked; without a slash at its end. */
  readonly baseUrl: string;
  readonly rootCrl: RootCrlLocation;
}

const PCK_CRL_CHAIN = "SGX-PCK-CRL-Issuer-Chain";
const TCB_INFO_CHAIN = "TCB-Info-Issuer-Chain";
/** Name of the same header in older services. */
const TCB_INFO_CHAIN_BEFORE = "SGX-TCB-Info-Issuer-Chain";
const QE_IDENTITY_CHAIN = "SGX-Enclave-Identity-Issuer-Chain";

/**
 * Fetches the four parts and puts them together (Intel PCS API, version 4). No signature is verified here; that is for
 * whoever judges a quote by them.
 *
 * @throws TeeError
 */
export async function fetchCollateral(
  service: CollateralService,
  platform: PckIdentity,
  limit: Deadline,
): Promise<FetchedCollateral> {
  const { baseUrl, rootCrl } = service;
  const [pckCrl, root, tcb, qe] = await Promise.all([
    pcsRequest(`${baseUrl}/sgx/certification/v4/pckcrl?ca=${platform.authority}&encoding=der`, limit),
    pcsRequest(rootCrl.url, limit),
    pcsRequest(`${baseUrl}/tdx/certification/v4/tcb?fmspc=${platform.fmspc}`, limit),
    pcsRequest(`${baseUrl}/tdx/certification/v4/qe/identity?update=standard`, limit),
  ]);
  const rootCaCrl = rootCrl.form === "der" ? root.body : hexBody(root);
  const tcbInfo = signedText(tcb.body, "tcbInfo");
  const qeIdentity = signedText(qe.body, "enclaveIdentity");
  const tcbFacts = signedTextFacts(tcbInfo.text);
  if (tcbFacts.fmspc !== platform.fmspc) {
    throw new TeeError("tee.mismatch", "collateral service: tcbInfo is for another kind of platform");
  }
  const container: CollateralContainer = {
    pck_crl_issuer_chain: issuerChain(PCK_CRL_CHAIN, pckCrl.header(PCK_CRL_CHAIN)),
    root_ca_crl: Buffer.from(rootCaCrl).toString("hex"),
    pck_crl: Buffer.from(pckCrl.body).toString("hex"),
    tcb_info_issuer_chain: issuerChain(TCB_INFO_CHAIN, tcb.header(TCB_INFO_CHAIN, TCB_INFO_CHAIN_BEFORE)),
    tcb_info: tcbInfo.text,
    tcb_info_signature: tcbInfo.signature,
    qe_identity_issuer_chain: issuerChain(QE_IDENTITY_CHAIN, qe.header(QE_IDENTITY_CHAIN)),
    qe_identity: qeIdentity.text,
    qe_identity_signature: qeIdentity.signature,
  };
  return {
    text: JSON.stringify(container),
    nextUpdate: Math.min(
      tcbFacts.nextUpdate,
      signedTextFacts(qeIdentity.text).nextUpdate,
      crlNextUpdate("the root CRL", rootCaCrl),
      crlNextUpdate("the PCK CRL", pckCrl.body),
    ),
  };
}

function hexBody({ body }: PcsAnswer): Uint8Array {
  const hex = Buffer.from(body).toString("latin1").trim();
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]+$/.test(hex)) {
    throw new TeeError("tee.malformed", "collateral service: the root CRL is not hex");
  }
  return new Uint8Array(Buffer.from(hex, "hex"));
}
