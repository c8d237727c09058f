export { DEFAULT_POLICY } from "./default-policy.ts";
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
