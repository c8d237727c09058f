import { crypto } from "../crypto/index.ts";
import { CheckFailure } from "../verdict/index.ts";
import { verifyChain } from "../x509/index.ts";
import type { Device } from "./device.ts";
import { DICE_EXTENSIONS } from "./firmware-id.ts";

/** Leaf, boot ROM, provisioner, identity, root. */
const CHAIN_LENGTH = 5;

/**
 * Holds a device's chain to NVIDIA's profile: five P-384 certificates, signed with SHA-384, whose leaf may sign and is
 * no CA, up to a root that is trusted byte for byte.
 *
 * @throws CheckFailure
 */
export async function verifyDeviceChain({ chain, leaf, root }: Device, now: number): Promise<void> {
  if (chain.length !== CHAIN_LENGTH) {
    throw new CheckFailure(`the chain has ${chain.length} certificates, not ${CHAIN_LENGTH}`);
  }
  for (const [index, certificate] of chain.entries()) {
    if (certificate.publicKey.ec?.curve !== "P-384" || certificate.hash !== "sha384") {
      throw new CheckFailure(`certificate ${index} is not ECDSA P-384 with SHA-384`);
    }
  }
  if (leaf.keyUsage?.digitalSignature !== true) throw new CheckFailure("the leaf's key may not sign");
  // Genuine leaves have no basic constraints. Length and roles are fixed, so a leaf cannot serve as a CA either way.
  const roots = root.trusted ? chain.slice(-1).map(({ encoded }) => encoded) : [];
  await verifyChain(chain, { now, roots, understood: DICE_EXTENSIONS, leafWithoutConstraints: true });
}

/** @throws CheckFailure unless the leaf's key signed the report, over exactly the bytes that were read */
export async function verifyReportSignature({ leaf, report }: Device): Promise<void> {
  const { ec } = leaf.publicKey;
  const { signedBytes, signature } = report;
  const holds =
    ec?.curve === "P-384" &&
    (await crypto.verifyEcdsa({
      curve: "P-384",
      hash: "sha384",
      publicKey: ec.point,
      message: signedBytes,
      signature,
    }));
  if (!holds) throw new CheckFailure("the leaf certificate's key did not sign this report");
}
