import { DEFAULT_POLICY } from "./default-policy.ts";
import type { Policy } from "./policy.ts";
import { POLICY_SHAPE, WORKLOAD_PINS } from "./policy-shape.ts";
import { refusePolicy } from "./shapes/index.ts";
import { loadRoot, type ReadPem } from "./trusted-root.ts";

/** How a policy is read. */
export interface ParsePolicyOptions {
  /** Gives the text of a file that `pem_file` names. Default: such members are refused. */
  readonly readPem?: ReadPem;
}

type Members = ReturnType<typeof POLICY_SHAPE.read>;

/**
 * Reads a policy. What it does not say is as in {@link DEFAULT_POLICY}; what it says and this version does not know is
 * refused, because a demand that is skipped would count as met.
 *
 * @param value parsed JSON or YAML, attacker-controlled if the file is. The caller bounds its size, and refuses members
 *   that stand twice, which cannot be seen here.
 * @throws CountersignError `policy.invalid` with the member's path, what was found and what is accepted
 */
export function parsePolicy(value: unknown, { readPem }: ParsePolicyOptions = {}): Policy {
  const members = POLICY_SHAPE.read(value, "");
  if (members.production === true) requireProduction(members);
  const { tcb, collateral, clock, measurements, platform, app, kms, gpu } = members;
  const { images, ...values } = measurements;
  return {
    name: members.name ?? "unnamed",
    production: members.production ?? DEFAULT_POLICY.production,
    tcb: {
      accepted: tcb.accepted ?? DEFAULT_POLICY.tcb.accepted,
      advisories: tcb.advisories ?? DEFAULT_POLICY.tcb.advisories,
      minEvaluationNumber: tcb.min_evaluation_number,
    },
    collateral: { maxAgeSeconds: collateral.max_age },
    clock: { skewSeconds: clock.skew ?? DEFAULT_POLICY.clock.skewSeconds },
    debug: members.debug ?? DEFAULT_POLICY.debug,
    serviceTd: members.service_td ?? DEFAULT_POLICY.serviceTd,
    measurements: { values: present(values), images },
    platform: { fmspc: platform.fmspc, instanceIds: platform.instance_ids, ppids: platform.ppids },
    app: {
      ids: app.ids,
      composeHashes: app.compose_hashes,
      instanceIds: app.instance_ids,
      osImageHashes: app.os_image_hashes,
      keyProviders: app.key_providers,
    },
    kms: { roots: kms.roots },
    gpu: {
      count: gpu.count,
      architectures: gpu.architectures,
      drivers: gpu.drivers,
      vbios: gpu.vbios,
      mode: gpu.mode,
      rimSignerHoldAccepted: gpu.rim_signer_hold_accepted ?? DEFAULT_POLICY.gpu.rimSignerHoldAccepted,
      rimSignerExpiredAccepted: gpu.rim_signer_expired_accepted ?? DEFAULT_POLICY.gpu.rimSignerExpiredAccepted,
    },
    models: members.models,
    roots: members.roots?.map((root, index) => loadRoot(root, `roots[${index}]`, readPem)) ?? DEFAULT_POLICY.roots,
    allowSimulated: members.allow_simulated ?? DEFAULT_POLICY.allowSimulated,
    require: members.require ?? DEFAULT_POLICY.require,
    waive: members.waive ?? DEFAULT_POLICY.waive,
  };
}

function requireProduction({ allow_simulated, debug, roots = [], measurements }: Members): void {
  const rule = "in a policy with production: true";
  if (allow_simulated === true) refusePolicy("allow_simulated", `cannot be true ${rule}`);
  if (debug === true) refusePolicy("debug", `cannot be true ${rule}`);
  const simulated = roots.findIndex((root) => root.simulated);
  if (simulated !== -1) refusePolicy(`roots[${simulated}].simulated`, `cannot be true ${rule}`);
  if (WORKLOAD_PINS.every((name) => measurements[name] === undefined)) {
    refusePolicy(
      "measurements",
      `one of ${WORKLOAD_PINS.join(", ")} is needed ${rule}: without a pin, any software will do`,
    );
  }
}

/** The members that have a value: an absent pin is absent, not undefined. */
function present<T extends object>(members: T): { [name in keyof T]?: Exclude<T[name], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  // Object.fromEntries forgets the names, which the filter keeps.
  return Object.fromEntries(entries) as { [name in keyof T]?: Exclude<T[name], undefined> };
}
