import { crypto } from "../crypto/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import type { Certificate } from "../x509/index.ts";

/**
 * Holds a raw signature (r ‖ s over SHA-256), the form of quotes and collateral, to a certificate's key.
 *
 * @throws CheckFailure
 */
export async function requireSignature(
  signer: Certificate,
  message: Uint8Array,
  signature: Uint8Array,
  what: string,
): Promise<void> {
  const key = signer.publicKey.ec;
  if (key?.curve !== "P-256") throw new CheckFailure(`the signer of ${what} has no P-256 key`);
  const holds = await crypto.verifyEcdsa({ curve: "P-256", hash: "sha256", publicKey: key.point, message, signature });
  if (!holds) throw new CheckFailure(`the signature of ${what} does not verify`);
}
