export { DEFAULT_POLICY } from "./default-policy.ts";
export { parseInstant } from "./instant.ts";
export { nearestName } from "./nearest-name.ts";
export { type ParsePolicyOptions, parsePolicy } from "./parse-policy.ts";
export {
  type GpuPolicy,
  type ImageMeasurements,
  type MeasurementName,
  type ModelPin,
  type Policy,
  type RootKind,
  TCB_STATUSES,
  type TcbStatus,
  type ToleratedAdvisory,
  type TrustedRoot,
  type Waiver,
} from "./policy.ts";
export { type DescribedMember, policyMembers } from "./policy-members.ts";
export { policySchema } from "./policy-schema.ts";
export { policyText } from "./policy-text.ts";
