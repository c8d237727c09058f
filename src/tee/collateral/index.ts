export { CONTAINER_MEMBERS, type CollateralContainer } from "./collateral-container.ts";
export { fixedCollateralSource } from "./fixed-collateral-source.ts";
export { type PckAuthority, type PckIdentity, pckIdentity } from "./pck-identity.ts";
export { type PcsOptions, pcsCollateralSource } from "./pcs-collateral-source.ts";
export { INTEL_PCS, type RootCrlLocation } from "./pcs-url.ts";
