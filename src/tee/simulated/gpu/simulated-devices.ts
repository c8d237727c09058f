import type { DeviceEvidenceSource, DeviceReport } from "../../quote-source.ts";
import { TeeError } from "../../tee-error.ts";
import type { SimulatedGpus } from "./simulated-gpus.ts";
import { buildReport } from "./spdm-report.ts";

export interface SimulatedDevicesOptions {
  readonly gpus: SimulatedGpus;
  /** How many there are, 0 to 32. Default 1. */
  readonly count?: number;
}

/** Most entries a list of device evidence may have. */
const MAX_COUNT = 32;
const NONCE_BYTES = 32;

/**
 * Evidence of simulated Hopper GPUs: made anew for every nonce, and truly signed.
 *
 * @throws RangeError for a count that is none
 * @throws TeeError if a GPU's kept keys cannot be read
 */
export function simulatedDevices({ gpus, count = 1 }: SimulatedDevicesOptions): DeviceEvidenceSource {
  if (!Number.isInteger(count) || count < 0 || count > MAX_COUNT) {
    throw new RangeError(`number of simulated GPUs: not 0 to ${MAX_COUNT}`);
  }
  const devices = Array.from({ length: count }, (_, number) => gpus.gpu(number));
  return {
    kind: "simulated",
    simulated: true,
    async collect(nonce, signal) {
      if (nonce.length !== NONCE_BYTES) throw new TypeError(`a nonce has ${NONCE_BYTES} bytes, not ${nonce.length}`);
      if (signal?.aborted === true) throw new TeeError("tee.cancelled", "simulated GPUs: the caller gave up");
      return devices.map(
        ({ attestationKey, certificates }): DeviceReport => ({
          architecture: "HOPPER",
          report: buildReport(attestationKey, nonce),
          certificates: [...certificates, ...gpus.authorityCertificates],
        }),
      );
    },
  };
}
