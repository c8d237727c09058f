import { hash } from "node:crypto";
import type { CertificateExtension } from "../../../certificates/index.ts";
import { der } from "../../../der/index.ts";

/** Identity of the simulated firmware, which the leaf names and the report repeats: of no genuine one. 48 bytes. */
export const SIMULATED_FIRMWARE_ID = new Uint8Array(hash("sha384", "countersign.simulated.gpu.fwid.v1", "buffer"));

const DICE = "2.23.133.5.4.1";
const SHA384 = "2.16.840.1.101.3.4.2.2";

/**
 * The extension by which a leaf names the firmware its key belongs to, in the form of Hopper.
 *
 * @param deviceKeySpkiDer public key of the certificate above the leaf
 * @param firmwareId 48 bytes
 */
export function firmwareIdExtension(deviceKeySpkiDer: Uint8Array, firmwareId: Uint8Array): CertificateExtension {
  const value = der.sequence(
    der.integer(1),
    deviceKeySpkiDer,
    der.sequence(der.oid(SHA384), der.octetString(firmwareId)),
  );
  return { oid: DICE, critical: false, value };
}
