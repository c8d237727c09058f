import type { Proven } from "../../verdict/index.ts";
import type { Collateral } from "../collateral.ts";
import type { EnclaveIdentity } from "../enclave-identity.ts";
import { requireSignature } from "../p256-signature.ts";
import type { TcbInfo } from "../tcb-info.ts";
import type { CollateralSigners } from "./collateral-chain.ts";

/** What Intel says, once its signatures hold. */
export interface IntelDocuments {
  readonly tcbInfo: TcbInfo;
  readonly enclaveIdentity: EnclaveIdentity;
}

/** Both documents are signed over their exact text. */
export async function verifyDocuments(
  { tcbInfo, enclaveIdentity }: Collateral,
  signers: CollateralSigners,
): Promise<Proven<IntelDocuments>> {
  await requireSignature(signers.tcbInfo, tcbInfo.signedBytes, tcbInfo.signature, "the TCB info");
  await requireSignature(
    signers.enclaveIdentity,
    enclaveIdentity.signedBytes,
    enclaveIdentity.signature,
    "the enclave identity",
  );
  return {
    value: { tcbInfo: tcbInfo.content, enclaveIdentity: enclaveIdentity.content },
    cause: "TCB info and enclave identity are signed over their exact text",
  };
}
