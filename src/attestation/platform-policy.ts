import { DEFAULT_POLICY, type Policy } from "@countersign/client/policy";

/** What a policy demands beyond the platform: RA-TLS evidence, a quote about a key, says nothing of it. */
export const NOT_JUDGED = ["application", "keys", "models", "devices"] as const;

/** Families of checks that a leaf and a quote are enough for. */
const PLATFORM_CHECKS = /^(?:tls|quote|collateral|measurement|platform|simulation)(?:\.|$)/;

/**
 * The part of a policy that RA-TLS evidence can be held against. The rest is not waived: it is somebody else's to
 * judge, from native evidence, and results say so.
 */
export function platformPolicy(policy: Policy): Policy {
  return {
    ...policy,
    app: DEFAULT_POLICY.app,
    kms: DEFAULT_POLICY.kms,
    gpu: DEFAULT_POLICY.gpu,
    models: DEFAULT_POLICY.models,
    require: policy.require.filter((id) => PLATFORM_CHECKS.test(id)),
  };
}
