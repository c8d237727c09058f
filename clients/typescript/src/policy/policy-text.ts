import { certificatePem } from "../x509/index.ts";
import { DEFAULT_POLICY } from "./default-policy.ts";
import type { Policy } from "./policy.ts";

/**
 * A policy as the text of a policy file: JSON, which is YAML too, so lines that begin with `#` may be put before it in a
 * YAML file. Members that have their default are left out; reading the text gives the same policy.
 */
export function policyText(policy: Policy): string {
  return `${JSON.stringify(policyMembers(policy), undefined, 2)}\n`;
}

function policyMembers(policy: Policy): unknown {
  const { tcb, collateral, clock, measurements, platform, app, kms, gpu } = policy;
  return present({
    version: 1,
    name: policy.name,
    production: unless(DEFAULT_POLICY.production, policy.production),
    tcb: present({
      accepted: tcb.accepted,
      advisories: some(tcb.advisories.map(({ id, reason, expires }) => ({ id, reason, expires: instant(expires) }))),
      min_evaluation_number: tcb.minEvaluationNumber,
    }),
    collateral: present({ max_age: collateral.maxAgeSeconds }),
    clock: present({ skew: unless(DEFAULT_POLICY.clock.skewSeconds, clock.skewSeconds) }),
    debug: unless(DEFAULT_POLICY.debug, policy.debug),
    service_td: some(policy.serviceTd),
    measurements: present({ ...measurements.values, images: measurements.images }),
    platform: present({ fmspc: platform.fmspc, instance_ids: platform.instanceIds, ppids: platform.ppids }),
    app: present({
      ids: app.ids,
      compose_hashes: app.composeHashes,
      instance_ids: app.instanceIds,
      os_image_hashes: app.osImageHashes,
      key_providers: app.keyProviders,
    }),
    kms: present({ roots: kms.roots }),
    gpu: present({
      count: gpu.count,
      architectures: gpu.architectures,
      drivers: gpu.drivers,
      vbios: gpu.vbios,
      mode: gpu.mode,
      rim_signer_hold_accepted: unless(DEFAULT_POLICY.gpu.rimSignerHoldAccepted, gpu.rimSignerHoldAccepted),
      rim_signer_expired_accepted: unless(DEFAULT_POLICY.gpu.rimSignerExpiredAccepted, gpu.rimSignerExpiredAccepted),
    }),
    models: policy.models,
    roots: some(
      policy.roots.map(({ kind, fingerprint, simulated, certificate }) => ({
        kind,
        fingerprint,
        simulated,
        pem: certificatePem(certificate),
      })),
    ),
    allow_simulated: unless(DEFAULT_POLICY.allowSimulated, policy.allowSimulated),
    require: some(policy.require),
    waive: some(policy.waive.map(({ check, reason, expires }) => ({ check, reason, expires: instant(expires) }))),
  });
}

/** The members that have a value; undefined if none has one, so that empty sections vanish. */
function present(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function unless<T>(fallback: T, value: T): T | undefined {
  return value === fallback ? undefined : value;
}

function some<T>(entries: readonly T[]): readonly T[] | undefined {
  return entries.length === 0 ? undefined : entries;
}

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
