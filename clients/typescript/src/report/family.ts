import type { CheckId } from "../verdict/index.ts";

/** What stands before the first dot of a check's id, or all of it. */
type Prefix = CheckId extends infer Id ? (Id extends `${infer First}.${string}` ? First : Id) : never;

/** Families of checks, in the order they are shown. */
export const FAMILIES = [
  "quote",
  "collateral",
  "measurements",
  "application",
  "keys",
  "evidence",
  "gpu",
  "tls",
  "models",
  "simulation",
] as const;

/** A heading checks stand under. */
export type Family = (typeof FAMILIES)[number];

const FAMILY_BY_PREFIX: Readonly<Record<Prefix & string, Family>> = {
  quote: "quote",
  platform: "quote",
  collateral: "collateral",
  measurement: "measurements",
  rtmr: "application",
  rtmr3: "application",
  compose: "application",
  app: "application",
  instance: "application",
  os: "application",
  key_provider: "application",
  event: "application",
  mrconfigid: "application",
  key: "keys",
  kms: "keys",
  keyset: "keys",
  evidence: "evidence",
  nonce: "evidence",
  gpu: "gpu",
  tls: "tls",
  model: "models",
  manifest: "models",
  simulation: "simulation",
};

/** The family of a check. */
export function familyOf(id: CheckId): Family {
  const [prefix = ""] = id.split(".");
  // The table has a member for the prefix of each id, or it would not compile.
  return FAMILY_BY_PREFIX[prefix as Prefix & string];
}
