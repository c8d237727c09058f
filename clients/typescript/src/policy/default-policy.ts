import type { Policy } from "./policy.ts";

/** Accepts current platforms under the vendors' roots, and pins nothing. */
export const DEFAULT_POLICY: Policy = {
  name: "default",
  production: false,
  tcb: { accepted: ["UpToDate"], advisories: [], minEvaluationNumber: undefined },
  collateral: { maxAgeSeconds: undefined },
  clock: { skewSeconds: 0 },
  debug: false,
  serviceTd: [],
  measurements: { values: {}, images: undefined },
  platform: { fmspc: undefined, instanceIds: undefined, ppids: undefined },
  app: {
    ids: undefined,
    composeHashes: undefined,
    instanceIds: undefined,
    osImageHashes: undefined,
    keyProviders: undefined,
  },
  kms: { roots: undefined },
  gpu: {
    count: undefined,
    architectures: undefined,
    drivers: undefined,
    vbios: undefined,
    mode: undefined,
    rimSignerHoldAccepted: false,
    rimSignerExpiredAccepted: false,
  },
  models: undefined,
  roots: [],
  allowSimulated: false,
  require: [],
  waive: [],
};
