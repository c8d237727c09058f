import { readFile, stat } from "node:fs/promises";
import type { DeviceEvidenceSource, DeviceReport } from "../quote-source.ts";
import { TeeError } from "../tee-error.ts";
import { deviceEvidence } from "./device-evidence.ts";

/**
 * What canned evidence is made for: the nonce that deployed gateways state where they have no hardware. NVIDIA's own
 * samples, as its current release ships them, carry another one inside.
 */
export const CANNED_NONCE: Uint8Array = new Uint8Array(
  Buffer.from("4cff7f5380ead8fad8ec2c531c110aca4302a88f603792801a8ca29ee151af2e", "hex"),
);

/** Largest evidence file. Bytes. */
const MAX_FILE_BYTES = 5 * 1024 * 1024;

/**
 * The same evidence whatever the nonce, for gateways without devices. It is loaded once and marked simulated; its nonce
 * is never the caller's, so a verifier's nonce check fails, as it should.
 *
 * @param load for example a simulated device's report for {@link CANNED_NONCE}, or an `evidenceFile`
 */
export function cannedDevices(load: () => Promise<readonly DeviceReport[]>): DeviceEvidenceSource {
  let loaded: Promise<readonly DeviceReport[]> | undefined;
  return {
    kind: "canned",
    simulated: true,
    collect() {
      loaded ??= load();
      return loaded;
    },
  };
}

/** No devices, said plainly: an empty list. */
export function noDevices(): DeviceEvidenceSource {
  return { kind: "none", simulated: false, collect: async () => [] };
}

/**
 * Loads evidence from a JSON file in either of the two forms in use.
 *
 * @throws TeeError `tee.absent`, `tee.malformed`
 */
export async function evidenceFile(path: string): Promise<readonly DeviceReport[]> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES)
      throw new TeeError("tee.malformed", `the evidence file has more than ${MAX_FILE_BYTES} bytes`);
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof TeeError) throw error;
    throw new TeeError("tee.absent", `the evidence file at ${path} cannot be read`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new TeeError("tee.malformed", "the evidence file is not JSON");
  }
  return deviceEvidence(json, undefined);
}
