import { keysetDigest } from "../transcript/index.ts";
import { AttestationError } from "./attestation-error.ts";
import type { VerifyConnection } from "./connection-evidence.ts";
import { verifyEvidence } from "./verify-evidence.ts";

/** Judges the evidence of a connection with everything this package verifies. */
export const verifyConnection: VerifyConnection = async ({ evidence, nonce, leafSpki, exporter, now, policy }) => {
  const connection = { leafSpki, exporter };
  const { verdict, keyset } = await verifyEvidence({ evidence, nonce, connection, policy, now, subject: "gateway" });
  if (keyset === undefined) throw new AttestationError(verdict);
  return { verdict, keyset, keysetDigest: keysetDigest(keyset) };
};
